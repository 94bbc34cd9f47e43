"""A run as JUnit XML, for CI, and as one HTML page, for people."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from xml.sax.saxutils import quoteattr

from evals.measuring import by_case
from evals.results import Result

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Sequence[Result]) -> str:
    """One test suite per suite and one test case per case; every finding of every attempt is part of its failure."""
    suites: dict[str, list[list[Result]]] = {}
    for playings in by_case(results).values():
        suites.setdefault(playings[0].suite, []).append(playings)
    body = "".join(_suite(name, cases) for name, cases in sorted(suites.items()))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="nextplay eval">\n{body}</testsuites>\n'


def _suite(name: str, cases: Sequence[Sequence[Result]]) -> str:
    failed = sum(not all(one.passed for one in playings) for playings in cases)
    inner = "".join(_case(playings) for playings in cases)
    return f' <testsuite name={quoteattr(name)} tests="{len(cases)}" failures="{failed}">\n{inner} </testsuite>\n'


def _case(playings: Sequence[Result]) -> str:
    seconds = sum(ms for one in playings for ms in one.measures.get("took_ms", ())) / 1000
    found = [finding for one in playings for finding in one.findings]
    head = f'  <testcase classname={quoteattr(playings[0].suite)} name={quoteattr(playings[0].case)} time="{seconds:.3f}"'
    if not found:
        return f"{head}/>\n"
    kind = "danger" if any(one.dangerous for one in found) else "nuisance"
    text = escape(_NOT_XML.sub("\ufffd", "\n".join(f"{one.kind}: {one.text}" for one in found)))
    message = quoteattr(_NOT_XML.sub("\ufffd", f"{found[0].kind}: {found[0].text}"))
    return f'{head}>\n   <failure type="{kind}" message={message}>{text}</failure>\n  </testcase>\n'


def html_page(results: Sequence[Result], said: Mapping[str, Any], worse: Sequence[str]) -> str:
    """One page that needs nothing beside it."""
    failing = [one for one in results if not one.passed]
    passed = sum(suite["passed"] for suite in said["suites"])
    rows = "".join(_html_suite(suite) for suite in said["suites"])
    cases = "".join(_html_case(one, regression=one.id in worse) for one in failing) or "<p>Nothing is wrong.</p>"
    state = "bad" if said["dangerous"] else "good"
    return _PAGE.format(passed=passed, cases=said["cases"], dangerous=said["dangerous"], state=state, worse=len(worse), rows=rows, failing=cases)


_METRICS = {
    "top1": "top-1", "mrr": "MRR", "coverage": "coverage", "routing_precision": "ask precision", "routing_recall": "ask recall", "brier": "Brier", "ece": "ECE",
    "article_recall@1": "recall@1", "article_recall@3": "recall@3", "article_recall@5": "recall@5", "repetition": "repetition", "latency_ms_p50": "ms (median)",
    "latency_ms_p95": "ms (95 %)", "tokens": "tokens", "cost": "cost",
}  # fmt: skip


def _html_suite(suite: Mapping[str, Any]) -> str:
    share = 100 * suite["passed"] / suite["cases"]
    figures = "".join(f"<td>{'–' if (value := suite['metrics'].get(name)) is None else f'{value:g}'}</td>" for name in _METRICS)
    danger = f"<td class='{'bad' if suite['dangerous'] else ''}'>{suite['dangerous']}</td>"
    bar = f"<td><span class='bar'><span style='width:{share:.0f}%'></span></span> {suite['passed']} / {suite['cases']}</td>"
    return f"<tr><th scope='row'>{escape(suite['name'])}</th>{bar}{danger}{figures}</tr>"


def _html_case(one: Result, *, regression: bool) -> str:
    found = "".join(
        f"<li class='{'bad' if f.dangerous else 'warn'}'><b>{escape(f.kind.replace('_', ' '))}</b> {escape(f.text)}</li>" for f in one.findings
    )
    mark = " <em>regression</em>" if regression else ""
    return f"<section><h3>{escape(one.id)}{f' · attempt {one.attempt}' if one.attempt > 1 else ''}{mark}</h3><ul>{found}</ul></section>"


_PAGE = (
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Nextplay: evals</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --good: #188038; --bad: #c5221f; --warn: #a15c00 }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem }}
h1 {{ font-size: 1.6rem }} h2 {{ font-size: 1.2rem; margin-top: 2rem }} h3 {{ font-size: 1rem; margin: 1rem 0 0 }}
.wide {{ overflow-x: auto }} table {{ border-collapse: collapse; font-variant-numeric: tabular-nums }}
th, td {{ padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap }} th:first-child {{ text-align: left }}
.bar {{ display: inline-block; width: 5rem; height: .6rem; background: var(--line); border-radius: 3px; overflow: hidden }}
.bar span {{ display: block; height: 100%; background: var(--good) }}
.good {{ color: var(--good) }} .bad {{ color: var(--bad) }} .warn b {{ color: var(--warn) }} li {{ overflow-wrap: anywhere }}
</style></head><body>
<h1>Evals</h1>
<p><strong>{passed} of {cases}</strong> cases passed, <strong class="{state}">{dangerous} dangerous errors</strong>, {worse} regressions.</p>
<h2>Suites</h2><div class="wide"><table><thead><tr><th>suite</th><th>passed</th><th>dangers</th>"""
    + "".join(f"<th>{name}</th>" for name in _METRICS.values())
    + """</tr></thead><tbody>{rows}</tbody></table></div>
<h2>What is wrong</h2>{failing}
</body></html>
"""
)
