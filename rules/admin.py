"""Rules and their versions in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rules.engine.schema import DocumentError, parse_rule
from rules.models import Backtest, BacktestCamera, Rule, RuleVersion
from rules.services import RuleChange, rule_create, rule_update
from vms.accounts.models import User
from vms.admin import RecordAdmin


class RuleForm(forms.ModelForm[Rule]):
    """Saving a changed document adds a version; earlier versions stay as they are."""

    document = forms.CharField(
        label=_("Document (YAML)"), widget=forms.Textarea(attrs={"rows": 18, "class": "vLargeTextField"})
    )
    note = forms.CharField(label=_("Why"), required=False, max_length=300)
    draft = forms.BooleanField(
        label=_("Only save a draft"), required=False, help_text=_("It is put in force later, on the rule's page.")
    )
    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Rule
        fields = ["enabled", "cameras", "document"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        newest = self.instance.versions.first() if self.instance.pk else None
        if newest is not None:
            self.fields["document"].initial = newest.document
            self.fields["based_on"].initial = newest.number

    def clean_document(self) -> str:
        text = str(self.cleaned_data["document"])
        try:
            parse_rule(text)
        except DocumentError as error:
            raise forms.ValidationError(error.problems) from error
        return text

    def clean(self) -> dict[str, Any]:
        """Another admin's newer version stops this one: the text stays in the form, theirs stands below it."""
        data = super().clean() or self.cleaned_data
        newest = self.instance.versions.select_related("created_by").first() if self.instance.pk else None
        based_on = data.get("based_on")
        if newest is not None and based_on is not None and newest.number != based_on:
            raise forms.ValidationError(
                gettext(
                    "Version %(number)s of %(user)s was saved meanwhile. Your text is kept below. Theirs:\n%(document)s"
                )
                % {
                    "number": newest.number,
                    "user": newest.created_by or gettext("a former user"),
                    "document": newest.document,
                }
            )
        return data


class RuleVersionInline(admin.TabularInline[RuleVersion, Rule]):
    model = RuleVersion
    fields = ("number", "state", "note", "created_by", "created_at", "published_by", "published_at", "document")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Rule | None = None) -> bool:
        return False


@admin.register(Rule)
class RuleAdmin(admin.ModelAdmin[Rule]):
    form = RuleForm
    list_display = ["name", "enabled"]
    list_filter = ["enabled"]
    search_fields = ["name"]
    filter_horizontal = ["cameras"]
    fields = ["enabled", "cameras", "document", "note", "draft", "based_on", "on_cameras"]
    readonly_fields = ["on_cameras"]
    inlines = [RuleVersionInline]

    @admin.display(description="Other values on single cameras")
    def on_cameras(self, rule: Rule) -> str:
        """Set by the API and by ``manage.py rules apply``, which check them."""
        rows = rule.overrides.select_related("camera") if rule.pk else []
        return (
            "\n".join(f"{row.camera}{', ' + row.zone if row.zone else ''}: {row.parameters}" for row in rows) or "None"
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        """The platform's own rules have nothing to set; alert policies offer them all the same."""
        return super().get_queryset(request).filter(system="")

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Rule:  # noqa: ANN401, FBT001  Django's signature
        """The service writes, here already, since Django needs the saved rule to log and to follow inlines."""
        assert isinstance(request.user, User)  # noqa: S101  the admin lets nobody else in
        data = form.cleaned_data
        if not change:
            kept = {key: data[key] for key in ("document", "cameras", "enabled", "note", "draft")}
            return rule_create(user=request.user, **kept)
        kept = {key: data[key] for key in ("document", "cameras", "enabled", "based_on", "note", "draft")}
        edited = RuleChange(**kept)
        return rule_update(user=request.user, rule=form.instance, change=edited)

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Done by ``save_form``."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """The cameras were set by ``save_form``; the list of versions has nothing to save but must say so."""
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)


class BacktestCameraInline(admin.TabularInline[BacktestCamera, Backtest]):
    model = BacktestCamera
    fields = readonly_fields = ("camera", "done_at")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Backtest | None = None) -> bool:
        return False


@admin.register(Backtest)
class BacktestAdmin(RecordAdmin[Backtest]):
    list_display = ["created_at", "rule", "asked_by", "state", "progress_percent", "period_start", "period_end"]
    list_filter = ["state"]
    list_select_related = ["rule", "asked_by"]
    search_fields = ["rule__name", "asked_by__username"]
    inlines = [BacktestCameraInline]
