"""``python -m vms.translations compile`` makes .mo files; ``update [APP ...]`` brings .po files up to the sources."""

from __future__ import annotations

import sys

from vms.translations.catalogs import CATALOGS, catalog_update, catalogs_compile, messages_found

LANGUAGES = ("de",)


def main(order: str = "", *apps: str) -> int:
    if order == "compile":
        catalogs_compile()
        return 0
    if order != "update":
        sys.stderr.write(f"{__doc__}\n")
        return 2
    found = messages_found()
    for catalog in CATALOGS:
        for language in LANGUAGES:
            if not apps or catalog.app in apps:
                left = len(catalog_update(catalog, found[catalog], language).untranslated_entries())
                sys.stdout.write(f"{catalog.path(language)}: {left} to translate\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
