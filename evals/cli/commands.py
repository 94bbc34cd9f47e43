"""`nextplay eval`: run the suites, compare runs, accept a baseline, and make a case from a real decision."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evals.cli.benchmarks import benchmark
from integrations.cli.options import Json

if TYPE_CHECKING:
    from evals.results import Result
    from evals.running import Plan
    from integrations.settings import Settings

JOURNAL = Path(".nextplay/evals/unfinished.jsonl")
LATEST = Path(".nextplay/evals/latest.jsonl")

Suites = Annotated[list[str] | None, typer.Argument(metavar="[SUITE…]", help="Suites, or cases as suite/case; all if none is named.")]
Playbook = Annotated[Path | None, typer.Option("--playbook", metavar="DIR", help="Judge this playbook; by default the one that ships.")]
Folder = Annotated[Path | None, typer.Option("--suites", metavar="DIR", help="Where the suites lie; by default those that ship.")]
Baselines = Annotated[Path | None, typer.Option("--baselines", metavar="DIR", help="Where the baselines lie; by default those that ship.")]
Jobs = Annotated[int, typer.Option("--jobs", metavar="N", min=0, max=64, help="Processes; 0: one per core.")]
File = Path | None


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    evals = typer.Typer(help="Offline evaluation: does it still do what the policy says?")
    for command in (run, compare, accept, add, benchmark):
        evals.command()(command)
    app.add_typer(evals, name="eval")


def run(
    suites: Suites = None,
    as_json: Json = False,
    junit: Annotated[File, typer.Option(metavar="FILE", help="Write JUnit XML, for CI.")] = None,
    jsonl: Annotated[File, typer.Option(metavar="FILE", help="Write every result, one JSON line each.")] = None,
    html: Annotated[File, typer.Option(metavar="FILE", help="Write one HTML page.")] = None,
    times: Annotated[int, typer.Option(metavar="K", min=1, max=100, help="Play every case so often; it passes if all do (pass^k).")] = 1,
    jobs: Jobs = 0,
    playbook: Playbook = None,
    folder: Folder = None,
    baselines: Baselines = None,
    model: Annotated[bool, typer.Option("--model", help="Let the model word that the settings name (OPENAI_…); without it, templates do.")] = False,
    price: Annotated[
        float | None, typer.Option("--price", metavar="AMOUNT", min=0, help="What a million tokens cost, for the metric `cost`.")
    ] = None,
    judge: Annotated[bool, typer.Option("--judge", help="Let that model say how what customers were sent reads. Nothing hangs on it.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that was interrupted.")] = False,
) -> None:
    """Play the cases; the exit code is 1 on any dangerous error, and on any case that fails and did not in the baseline."""
    from evals import baselines as kept
    from evals.cli.showing import show
    from evals.measuring import summary
    from evals.report import html_page, junit_xml
    from evals.results import lines_of, write_whole
    from evals.wording import counted
    from integrations.cli.failures import Failed
    from integrations.cli.look import print_json
    from integrations.reports import write
    from integrations.telling.words import several

    plan = _plan(suites, playbook=playbook, folder=folder, times=times, jobs=jobs, model=model, judge=judge)
    place = baselines or kept.FOLDER
    for suite in {one.suite for one in plan.cases}:
        kept.read(suite, place)  # what cannot be read is said before the work, not after it
    results = _played(plan, resume=resume)
    said = {**summary(results, price_per_million=price), "whole": not suites}
    if plan.judge:
        said["wording"] = counted(results, plan.judge)
    worse = kept.regressions(results, place, sampled=model)
    write_whole(LATEST, lines_of(results))
    if jsonl:
        write_whole(jsonl, lines_of(results))
    if junit:
        write_whole(junit, junit_xml(results))
    if html:
        write(html, html_page(results, said, worse))
    print_json(said) if as_json else show(results, said, worse)
    if said["dangerous"] or worse:
        first = next((one.id for one in results if one.dangers), None) or worse[0]
        what = f"{several(said['dangerous'], 'dangerous error')}, {several(len(worse), 'regression')}"
        raise Failed(f"The evals failed: {what}.", f"Look first at: nextplay eval run {first}")


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A file written by --jsonl.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    as_json: Json = False,
) -> None:
    """Compare two runs case by case: exact McNemar for passed, bootstrap for means. It claims no difference that it cannot show."""
    from evals import comparing
    from evals.cli.showing import show_comparison
    from evals.results import read_results
    from integrations.cli.look import print_json

    flips, shifts = comparing.compare(read_results(a), read_results(b))
    print_json(comparing.as_json(flips, shifts)) if as_json else show_comparison(flips, shifts)


def accept(
    suites: Suites = None, playbook: Playbook = None, folder: Folder = None, baselines: Baselines = None, jobs: Jobs = 0, as_json: Json = False
) -> None:
    """Play whole suites and record what they have now as the baseline. One with dangerous errors is not accepted."""
    from agent.errors import InvalidInput, Refused
    from evals import baselines as kept
    from integrations.cli.look import Page, print_json

    if part := next((name for name in suites or () if "/" in name), None):
        raise InvalidInput(f"'{part}' is a case.", "A baseline is of a whole suite.")
    plan = _plan(suites, playbook=playbook, folder=folder, jobs=jobs)
    results = _played(plan, resume=False)
    if bad := next((one for one in results if one.dangers), None):
        raise Refused(f"{bad.id} has a dangerous error: {bad.dangers[0].text}.", "Mend it; a danger is never a baseline.")
    files = kept.accept(results, baselines or kept.FOLDER)
    if as_json:
        print_json({"accepted": [str(file) for file in files]})
        return
    page = Page()
    for file in files:
        page.wrapped(f"Accepted: {file}")
    page.show()


def add(
    decision_id: Annotated[str, typer.Argument(metavar="ID", help="The id of a decision.")],
    suite: Annotated[str, typer.Option("--suite", metavar="SUITE", help="Where the case goes.")] = "from-decisions",
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="How the case is called; by default by the decision's surface and id.")
    ] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Make a case from a real decision. Names and addresses of people are replaced; read it before you commit it."""
    from evals.adding import case_file
    from evals.loading import SUITES
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within

    file = within(lambda workspace: case_file(workspace, decision_id, (folder or SUITES) / suite, name))
    if as_json:
        print_json({"file": str(file)})
        return
    page = Page()
    page.wrapped(f"Written: {file}. It expects what was decided then: put in what should have been, and look for what still tells who it was.")
    page.show()


def _plan(
    suites: list[str] | None, *, playbook: Path | None, folder: Path | None, jobs: int, times: int = 1, model: bool = False, judge: bool = False
) -> "Plan":
    from agent.errors import InvalidInput
    from agent.playbook.loader import DEFAULT
    from evals.loading import SUITES, load_suites
    from evals.running import Plan

    judged_by = _configured("--judge").llm_model if judge else None
    if playbook is not None and not playbook.is_dir():
        raise InvalidInput(f"There is no playbook in {playbook}.", "Name a folder with surfaces, plays and rules.")
    loaded = load_suites(suites or (), folder or SUITES)
    cases = [one for of in loaded.values() for one in of]
    words = _model() if model else {}
    return Plan(cases, times=times, jobs=jobs, playbook=(playbook or DEFAULT).resolve(), model=words, judge=judged_by)


def _configured(option: str) -> "Settings":
    """The settings, as the environment has them. Raises InvalidInput where they name no model for the option to use."""
    from agent.errors import InvalidInput
    from integrations.settings import load

    settings = load()
    if settings.openai_api_key is None and settings.openai_base_url is None:
        raise InvalidInput("No model is configured.", f"Set OPENAI_API_KEY, OPENAI_BASE_URL or both, or leave out {option}.")
    return settings


def _model() -> dict[str, Any]:
    """The model's settings."""
    settings = _configured("--model")
    names = ("openai_api_key", "openai_base_url", "llm_model", "llm_timeout_s", "llm_max_output_tokens", "llm_calls_per_minute", "llm_tokens_per_day")
    return {name: getattr(settings, name) for name in names}


def _played(plan: "Plan", *, resume: bool) -> "list[Result]":
    from evals.cli.showing import progress
    from evals.results import Journal
    from evals.running import run as play
    from evals.wording import judging
    from integrations.cli.failures import Failed

    journal = Journal(JOURNAL, plan.fingerprint())
    done = journal.begin(resume=resume)
    with progress(len(plan.tasks()), len(done)) as advance, judging(_configured("--judge") if plan.judge else None) as judged:

        def told(result: "Result") -> None:
            journal.add(result)
            advance()

        try:
            results = play(plan, done=done, judged=judged, told=told)
        except KeyboardInterrupt:
            raise Failed("The run was stopped; what is done is kept.", "Go on with the same command and --resume.") from None
    journal.end()
    return results
