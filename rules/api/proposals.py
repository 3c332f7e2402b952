"""What verdicts on a rule's events speak for; for those who write rules."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from rules.api.version_serializers import RuleVersionSerializer
from rules.learning.proposals import proposal_draft, rule_learn
from rules.learning.trial import proposal_trial
from rules.models import Rule
from rules.selectors import version_get
from vms.accounts.services import admin_require
from vms.api_views import VisibleViewSet


class ProposalSerializer(serializers.Serializer[Any]):
    measure = serializers.CharField(source="measure.name")
    words = serializers.CharField(source="measure.words")
    unit = serializers.CharField(source="measure.unit")
    version = serializers.IntegerField(source="version.number", help_text="Whose events were judged.")
    old = serializers.CharField(help_text="What the document says now; empty: nothing.")
    new = serializers.FloatField()
    dropped_false = serializers.IntegerField(source="finding.outcome.dropped_false")
    kept_false = serializers.IntegerField(source="finding.outcome.kept_false")
    lost_true = serializers.IntegerField(source="finding.outcome.lost_true")
    kept_true = serializers.IntegerField(source="finding.outcome.kept_true")
    unseen_dropped_false = serializers.IntegerField(
        source="finding.unseen.dropped_false", help_text="Of events by which the threshold was not chosen."
    )
    unseen_lost_true = serializers.IntegerField(source="finding.unseen.lost_true")
    document = serializers.CharField(help_text="The rule's text with the new value.")


class LearntSerializer(serializers.Serializer[Any]):
    proposal = ProposalSerializer(allow_null=True)
    reason = serializers.CharField(help_text="Why there is none; else empty.")
    backtest = serializers.UUIDField(
        allow_null=True, help_text="The newest back-test of its document; null: ask for one at the rule's `backtests`."
    )


class ProposedSerializer(serializers.Serializer[Any]):
    document = serializers.CharField(max_length=65_536, trim_whitespace=False, help_text="As it was proposed.")


class ProposalActions(VisibleViewSet[Rule]):
    """What a rule's address offers below ``proposal``."""

    @extend_schema(methods=["GET"], responses=LearntSerializer, filters=False, summary="A threshold, or why none")
    @extend_schema(
        methods=["POST"],
        request=ProposedSerializer,
        responses={201: RuleVersionSerializer},
        filters=False,
        summary="Make the proposal a draft; 409 where another would be made by now",
    )
    @action(detail=True, methods=["get", "post"], filterset_fields=None)
    def proposal(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401  DRF's signature
        rule = self.get_object()
        admin_require(self.asked_by)
        if request.method == "GET":
            learnt = rule_learn(user=self.asked_by, rule=rule)
            trial = proposal_trial(self.asked_by, rule, learnt.proposal.document) if learnt.proposal else None
            told = {"proposal": learnt.proposal, "reason": learnt.reason, "backtest": trial and trial.id}
            return Response(LearntSerializer(told).data)
        given = ProposedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        version = proposal_draft(user=self.asked_by, rule=rule, document=given.validated_data["document"])
        shown = version_get(rule, version.number)
        return Response(RuleVersionSerializer(shown).data, status=status.HTTP_201_CREATED)
