"""Alert policies: listed, and by admins made, tried on past events, changed."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts.models import AlertPolicy
from alerts.policy_forms import PolicyForm, StepForm, step_forms
from alerts.preview import policy_preview
from alerts.selectors import policies_visible_to, policy_get
from alerts.services.policies import policy_create, policy_delete, policy_update
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.views import signed_in
from vms.errors import DomainError


@login_required
@require_safe
def policy_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    if not user.is_supervisor:
        admin_require(user)
    return render(request, "alerts/policies.html", {"policies": policies_visible_to(user)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy_add(request: HttpRequest) -> HttpResponse:
    admin_require(signed_in(request))
    return _page(request, AlertPolicy())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def policy_edit(request: HttpRequest, policy_id: int) -> HttpResponse:
    user = signed_in(request)
    policy = policy_get(user, policy_id)
    admin_require(user)
    return _page(request, policy)


@login_required
@require_POST
def policy_remove(request: HttpRequest, policy_id: int) -> HttpResponse:
    user = signed_in(request)
    policy_delete(user=user, policy=policy_get(user, policy_id))
    messages.success(request, _("The policy is deleted."))
    return redirect("policy_list")


def _page(request: HttpRequest, policy: AlertPolicy) -> HttpResponse:
    user, name = signed_in(request), policy.name
    data = request.POST if request.method == "POST" else None
    form = PolicyForm(data, instance=policy, user=user)
    steps = step_forms(data, policy, form)
    context: dict[str, object] = {"form": form, "steps": steps, "policy": policy, "name": name}
    if data is None:
        return render(request, "alerts/policy.html", context)
    is_sound = all([form.is_valid(), *(step.is_valid() for step in steps)])
    if is_sound and data.get("deed") == "preview":
        context["preview"] = policy_preview(user=user, draft=form.draft())
        return render(request, "alerts/policy.html", context)
    if is_sound and _saved(user, policy, form, steps):
        messages.success(request, _("The policy %(name)s is saved. It holds from now on.") % {"name": policy.name})
        return redirect("policy_list")
    return render(request, "alerts/policy.html", context, status=200 if form.is_looking else 422)


def _saved(user: User, policy: AlertPolicy, form: PolicyForm, steps: list[StepForm]) -> bool:
    change = form.change(steps)
    try:
        if policy.pk:
            policy_update(user=user, policy=policy, change=change)
        else:
            policy_create(user=user, change=change)
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    return True
