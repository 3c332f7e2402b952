"""Rules and their versions in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from rules.engine.schema import DocumentError, parse_rule
from rules.models import Rule, RuleVersion
from rules.services import RuleChange, rule_create, rule_update
from vms.accounts.models import User


class RuleForm(forms.ModelForm[Rule]):
    """Saving a changed document adds a version; earlier versions stay as they are."""

    document = forms.CharField(
        label="Document (YAML)", widget=forms.Textarea(attrs={"rows": 18, "class": "vLargeTextField"})
    )

    class Meta:
        model = Rule
        fields = ["enabled", "cameras", "document"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        super().__init__(*args, **kwargs)
        newest = self.instance.versions.first() if self.instance.pk else None
        if newest is not None:
            self.fields["document"].initial = newest.document

    def clean_document(self) -> str:
        text = str(self.cleaned_data["document"])
        try:
            parse_rule(text)
        except DocumentError as error:
            raise forms.ValidationError(error.problems) from error
        return text


class RuleVersionInline(admin.TabularInline[RuleVersion, Rule]):
    model = RuleVersion
    fields = ("number", "created_by", "created_at")
    readonly_fields = ("number", "created_by", "created_at")
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
    inlines = [RuleVersionInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        """The platform's own rules have nothing to set; alert policies offer them all the same."""
        return super().get_queryset(request).filter(system="")

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Rule:  # noqa: ANN401, FBT001  Django's signature
        """The service writes, here already, since Django needs the saved rule to log and to follow inlines."""
        assert isinstance(request.user, User)  # noqa: S101  the admin lets nobody else in
        data = form.cleaned_data
        if not change:
            return rule_create(
                user=request.user, document=data["document"], cameras=data["cameras"], enabled=data["enabled"]
            )
        edited = RuleChange(document=data["document"], cameras=data["cameras"], enabled=data["enabled"])
        return rule_update(user=request.user, rule=form.instance, change=edited)

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Done by ``save_form``."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """The cameras were set by ``save_form``; the list of versions has nothing to save but must say so."""
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)
