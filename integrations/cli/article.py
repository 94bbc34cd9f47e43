"""`nextplay article`: which help articles answer a question, and why."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from agent.domain.evidence import Material
    from integrations.bootstrap import Workspace
    from integrations.cli.look import Page
    from integrations.search.index import ArticleIndex
    from integrations.search.meaning import Progress
    from tools.ports import Asked

MOST_SHOWN = 5

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="What is asked, in quotes.")]
Public = Annotated[bool, typer.Option("--public", help="Only articles that customers may be sent.")]
Language = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="Articles in this language, such as de. By default the question's own.")
]
Product = Annotated[str | None, typer.Option("--product", metavar="NAME", help="Only articles about this product, or about none.")]
Index = Annotated[bool, typer.Option("--index", help="First embed what is not embedded yet, and wait for it. The question may be left out.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(article)


def article(
    question: Question = "", public: Public = False, language: Language = None, product: Product = None, index: Index = False, as_json: Json = False
) -> None:
    """Show the best help articles for a question: the passage, the sentence that answers, and why each was chosen."""
    from agent.errors import InvalidInput
    from integrations.cli.look import Page, print_json
    from integrations.cli.opening import within
    from tools.articles import answers
    from tools.ports import Asked

    if not question.strip() and not index:
        raise InvalidInput("There is no question.", 'Ask it in quotes: nextplay article "how do I rotate API keys"')

    async def work(workspace: "Workspace") -> "tuple[Sequence[Material], str | None, Progress | None, str]":
        if index:
            with _progress(quiet=as_json) as made:
                await workspace.index.settle(made)
        asked = Asked(question, here_only=False, visibility="public" if public else None, product=product, language=language)
        found = await answers(workspace.systems.sources.search, asked, at_most=MOST_SHOWN)
        model = workspace.index.meaning.model if workspace.index.meaning else None
        nothing = "" if found or not question.strip() else await _nothing(workspace.index, asked)
        return found, model, await workspace.index.progress(), nothing

    found, model, progress, nothing = within(work)
    if as_json:
        names = ("id", "title", "url", "visibility", "product", "language", "strength", "passage", "answer", "why")
        told = [{name: getattr(one, name) for name in names} for one in found]
        embedded = {"embedded": progress.embedded, "passages": progress.of} if progress else {}
        print_json({"question": question, "articles": told, "meaning": {"model": model, **embedded}})
        return
    page = Page()
    _show(page, found)
    if nothing:
        page.wrapped(nothing)
    page.wrapped(_by_what(model, progress), label="")
    page.show()


async def _nothing(index: "ArticleIndex", asked: "Asked") -> str:
    """Why nothing was found, as far as one can tell, and what to do."""
    from integrations.search.query import read
    from integrations.telling.words import listed, several

    if not (articles := await index.size()):
        return "There are no articles yet. Read your help centre with `nextplay systems sync`, or add some: nextplay sandbox apply FILE"
    if not read(asked.query):
        return "There is nothing in this to search with: it has only signs, encoded text, or words that every text has. Ask in a few words."
    shelves = await index.shelves()
    if asked.language and asked.language[:2].lower() not in (spoken := sorted({shelf.language for shelf in shelves})):
        return f"There are no articles in '{asked.language}'. There are some in: {listed(spoken)}."
    if asked.product and asked.product not in (known := sorted({shelf.product for shelf in shelves if shelf.product})):
        return f"No article is about '{asked.product}'. There are some about: {listed(known)}. Of those about none, none answers this."
    wider = " leave --public out," if asked.visibility == "public" else ""
    return f"None of {several(articles, 'article')} answers this. Ask in other words,{wider} or name another --language or --product."


def _show(page: "Page", found: "Sequence[Material]") -> None:
    from rich.text import Text

    from integrations.telling.fitting import fit
    from integrations.telling.words import clean, one_line

    for number, one in enumerate(found, 1):
        shown = "customers may be sent it" if one.visibility == "public" else "internal, not for customers"
        page.line((f"{number}. {one_line(one.title)}", "bold"), (f"  {fit(one.strength)} ({one.strength:.2f}) · {shown}", "dim"))
        text, answer = one_line(clean(one.passage)), one_line(clean(one.answer))
        passage = Text(text)
        if answer and answer in text:
            passage.stylize("bold green", text.index(answer), text.index(answer) + len(answer))
        page.wrapped(passage if text else Text("it has a title and no text", style="dim"), indent=3)
        if answer and answer in text:
            page.wrapped(answer, indent=3, label="→ ")
        page.wrapped(one_line(one.why) or "nothing speaks for it but its place", indent=3, label="why: ")
        page.wrapped(" · ".join(part for part in (one.id, one.product, one.url) if part), indent=3)
        page.blank()


def _by_what(model: str | None, progress: "Progress | None") -> str:
    if model is None or progress is None:
        return "By words alone: search by meaning is off or not installed (pip install 'nextplay[semantic]')."
    if progress.done:
        return f"By words, and by meaning ({model}, {progress.of:,} passages)."
    return f"By words, and by meaning as far as it has come: {progress.embedded:,} of {progress.of:,} passages. `nextplay serve` goes on, or: --index"


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Callable[[int], None]]":
    """A bar on standard error, where somebody watches."""
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from integrations.cli.look import console

    shown = console(stderr=True)
    columns = (TextColumn("{task.description}"), TextColumn("{task.completed:,.0f} passages"), TimeElapsedColumn())
    with Progress(*columns, console=shown, disable=quiet or not shown.is_terminal) as bar:
        task = bar.add_task("embedding", total=None)
        yield lambda made: bar.update(task, completed=made)
