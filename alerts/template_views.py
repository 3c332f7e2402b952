"""Pages on which an admin writes a site's own words for messages, and sees how they read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from alerts.choices import Channel
from alerts.message_templates import template_check, template_delete, template_save
from alerts.models import MessageTemplate
from alerts.wording.formats import FILTERS
from alerts.wording.notice import DEFAULT_LANGUAGE, NAMES, Notice, notice_for_test, notice_of_event
from alerts.wording.words import DEFAULT_SUBJECT, Words, default_body, words_filled
from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import InvalidError, NotFoundError

WITH_WORDS = tuple(channel for channel in Channel if channel not in (Channel.IN_APP, Channel.SINK))
"""The inbox shows the event itself."""


class ChoiceForm(forms.Form):
    channel = forms.ChoiceField(choices=[(channel.value, channel.label) for channel in WITH_WORDS], label=_("Channel"))
    language = forms.ChoiceField(choices=settings.MESSAGE_LANGUAGES, initial=DEFAULT_LANGUAGE, label=_("Language"))


class TemplateForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=300, strip=False)
    body = forms.CharField(
        label=_("Text"), max_length=4_000, strip=False, widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "true"})
    )


@login_required
@require_safe
def template_list(request: HttpRequest) -> HttpResponse:
    admin_require(signed_in(request))
    if "channel" in request.GET:
        form = ChoiceForm(request.GET)
        if form.is_valid():
            return redirect("template_edit", form.cleaned_data["channel"], form.cleaned_data["language"])
    stored = {(row.channel, row.language): row for row in MessageTemplate.objects.all()}
    rows = [(channel, [row for key, row in stored.items() if key[0] == channel]) for channel in WITH_WORDS]
    return render(request, "alerts/templates/list.html", {"rows": rows, "form": ChoiceForm()})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def template_edit(request: HttpRequest, channel: str, language: str) -> HttpResponse:
    """The buttons save, show how it would read, or go back to VMS's own words."""
    user = signed_in(request)
    admin_require(user)
    known = _channel(channel)
    if language not in dict(settings.MESSAGE_LANGUAGES):
        raise NotFoundError(gettext("There is no such language."))
    stored = MessageTemplate.objects.filter(channel=known, language=language).first()
    if request.method == "POST" and "back" in request.POST:
        if stored is not None:
            template_delete(user=user, template=stored)
        messages.success(request, gettext("VMS's own words are used again."))
        return redirect("template_edit", channel, language)
    form = TemplateForm(request.POST or None, initial=_initial(known, stored))
    if request.method == "POST" and form.is_valid() and _done(user, known, language, form, save="save" in request.POST):
        messages.success(request, gettext("These words are used from now on."))
        return redirect("template_edit", channel, language)
    context = {"form": form, "channel": known, "language": language, "stored": stored, "names": NAMES}
    context |= {"filters": sorted(FILTERS), "language_name": dict(settings.MESSAGE_LANGUAGES)[language]}
    context |= {"preview": None if form.errors else _preview(user, form, language)}
    return render(request, "alerts/templates/edit.html", context, status=422 if form.errors else 200)


def _done(user: User, channel: Channel, language: str, form: TemplateForm, *, save: bool) -> bool:
    """Whether it was saved; what is wrong is put beside its field."""
    words = form.cleaned_data
    try:
        if save:
            template_save(user=user, channel=channel, language=language, **words)
        else:
            template_check(**words)
    except InvalidError as error:
        for name, sentences in error.fields.items():
            form.add_error(name if name in form.fields else None, sentences)
        return False
    return save


def _preview(user: User, form: TemplateForm, language: str) -> dict[str, Any]:
    values = form.cleaned_data if form.is_bound else form.initial
    event = events_visible_to(user).select_related("camera__site", "rule").first()
    notice: Notice = notice_of_event(event) if event else notice_for_test()
    words: Words = words_filled(values["subject"], values["body"], replace(notice, language=language))
    return {"words": words, "event": event}


def _initial(channel: Channel, stored: MessageTemplate | None) -> dict[str, str]:
    if stored is not None:
        return {"subject": stored.subject, "body": stored.body}
    return {"subject": DEFAULT_SUBJECT, "body": default_body(channel)}


def _channel(name: str) -> Channel:
    if name not in {channel.value for channel in WITH_WORDS}:
        raise NotFoundError(gettext("There is no such channel."))
    return Channel(name)
