"""Printing with a real browser."""

import shutil
from pathlib import Path
from typing import get_args

import pytest

from analysis.review import pdf
from analysis.review.pdf import PdfError, pdf_of
from analysis.review.report import render_report
from tests.analysis.review.months import Person, month_in_store

needs_chromium = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="no chromium on this machine: apt-get install chromium"
)


@pytest.mark.browser
@needs_chromium
def test_a_page_becomes_a_document_of_a4_pages() -> None:
    html = "<style>@page{size:A4} h1{break-before:page}</style><p>one<h1>two</h1>"
    printed = pdf_of(html)
    assert printed.startswith(b"%PDF-")
    assert printed.count(b"/Type /Page\n") == 2
    assert b"/MediaBox [0 0 594.95996 841.91998]" in printed


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("person", get_args(Person))
def test_the_first_page_of_a_month_is_one_sheet_of_a4(person: Person) -> None:
    """Without what follows it, the report's first page prints on one page, even with a long sentence."""
    _, period = month_in_store(person)
    html = render_report(
        period, made_at=period.days[-1].bounds.end, sentence="A sentence of some length. " * 5
    )
    sheet = html.replace("</style>", ".card, .day { display: none }</style>")
    assert pdf_of(sheet).count(b"/Type /Page\n") == 1


def test_without_a_browser_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PdfError, match="install chromium, or write HTML"):
        pdf_of("<p>")


def test_a_browser_that_does_not_print_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho 'no display' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(pdf, "BROWSERS", ("chromium",))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(PdfError, match="chromium did not print: no display"):
        pdf_of("<p>")
