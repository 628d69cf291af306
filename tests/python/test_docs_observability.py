"""The pages on watching calls and on asyncio do what they say: their blocks are run."""

import pytest

import command
from child import run_python
from readme_blocks import Block, blocks

DOCS = command.REPOSITORY / "docs"
# What a block leaves on the terminal, in the order of the blocks.
SHOWN = {
    "observability.md": [
        ["DEBUG metastudio: CreateDigitalAsset again in"],
        ["PutContent 1 503 unknown", "PutContent 2 200 applied", "ConfirmFileUpload 1 200 applied"],
        [
            '_attempts_total{error="rate_limited",operation="CreateFile",status="429"} 1.0',
            '_attempts_total{error="none",operation="CreateFile",status="200"} 1.0',
            'metastudio_attempt_seconds_count{operation="PutContent"} 1.0',
        ],
        [
            '"name": "metastudio CreateFile"',
            '"http.request.resend_count": 1',
            '"error.type": "server"',
            '"name": "ship the clip"',
        ],
    ],
    "async.md": [[], ["unknown 24bad716-87b1-45e5-8912-6102f7693265"]],
}


def runnable(page: str) -> list[Block]:
    found = blocks((DOCS / page).read_text("utf-8"))
    return [block for block in found if block.language == "python" and not block.no_run]


RUN = [
    (page, block, shown)
    for page, all_shown in SHOWN.items()
    for block, shown in zip(runnable(page), all_shown, strict=True)
]


@pytest.mark.parametrize(("page", "block", "shown"), RUN, ids=str)
def test_block(page: str, block: Block, shown: list[str]) -> None:
    done = run_python("-c", block.text)
    assert done.returncode == 0, f"{page}:{block.line}\n{block.text}\n{done.stderr}"
    output = done.stdout + done.stderr
    assert [text for text in shown if text not in output] == [], output


def test_the_spans_are_children_of_the_callers() -> None:
    """Of the recipe for OpenTelemetry."""
    recipe = runnable("observability.md")[-1]
    done = run_python("-c", recipe.text)
    assert done.stdout.count('"parent_id"') == 5, done.stdout
    assert done.stdout.count('"parent_id": null') == 1, done.stdout
