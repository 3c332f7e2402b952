"""The words of pages in other languages: found in the sources, kept in .po files, compiled at set-up."""
