"""``manage.py node create NAME``: adds a GPU host and prints its token, once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from vms.errors import DomainError
from workers.services.nodes import node_create, node_ensure


class Command(BaseCommand):
    help = "Add a GPU host. Its token is printed once: give it to the host as VMS_NODE_TOKEN."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="add a node")
        create.add_argument("name")
        create.add_argument(
            "--token-from-env",
            action="store_true",
            help="take the token from VMS_NODE_TOKEN and print nothing; safe to repeat",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        try:
            if options["token_from_env"]:
                node_ensure(name=options["name"], token=settings.NODE_TOKEN)
                return
            node, token = node_create(name=options["name"])
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Node {node.name} is added. Its token, shown only now:\n{token}")
