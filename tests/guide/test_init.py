"""`opsguide init` as people run it: questions on a terminal, or what can be found; and what it must never do."""

import json
import os
import re
import subprocess
import tomllib
from contextlib import AbstractContextManager
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from opsguide.cli import app
from opsguide.guide.bindings import SCHEMA_FILE, Bindings, check_against, read_bindings, schema
from opsguide.guide.init.found import Found, Guess, Somebody
from opsguide.guide.init.interview import Check, Interview, Question
from opsguide.guide.reading import read
from opsguide.kernel.errors import OpsguideError
from opsguide.readers import ALL
from tests.guide.terminal import Terminal
from tests.guide.terminal import terminal as on_terminal
from tests.guide.test_init_found import serving

GUIDE = """\
# Harbour

## Environments
- **Staging**: the rehearsal
- **Production**: what customers see

## Severity Levels
1. **Critical**: System down
2. **High**: Major feature broken
3. **Medium**: Minor issues

## Response Times (SLA)
- **Critical**: 15 minutes acknowledgment, 2 hours resolution

## Monitoring
- **Uptime**: 99.9% SLA target
- **Error rates**: <1%
- **Lock contention**: minimal blocking

```yaml
alerts:
  high_error_rate:
    condition: error_rate > 5%
    duration: 5m
    severity: warning
```

## On-Call Rotation
```yaml
primary_oncall: "@core-platform"
escalation: "@Network Team"
```

## Backups
- **Frequency**: Daily automated backups
"""
CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*.md"))
EXAMPLE = Path(__file__).parents[2] / "examples" / "operations.md"


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """A guide in a folder of its own, with nothing around it."""
    folder = tmp_path / "harbour"
    folder.mkdir()
    path = folder / "operations.md"
    path.write_text(GUIDE, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    alone = ["--prometheus=1"] if arguments[0] == "init" else []  # whatever runs on the machine of the tests
    return CliRunner().invoke(app, [*map(str, arguments), *alone])


def refused(*arguments: str | Path) -> str:
    """What the error says; the command's root prints it and ends with 2."""
    found = run(*arguments).exception
    assert isinstance(found, OpsguideError)
    return str(found)


def terminal(guide: Path, *options: str) -> AbstractContextManager[Terminal]:
    return on_terminal("init", guide.name, "--prometheus=1", *options, prompt="> ", folder=guide.parent)


def written(guide: Path) -> Bindings:
    text = guide.with_name("opsguide.toml").read_text(encoding="utf-8")
    bindings, found = read_bindings(text)
    assert bindings is not None, found
    return bindings


def lines_needed(text: str, key: str) -> list[str]:
    """The numbers of guide lines that stand below a key of the file."""
    below = text.split(f"{key} = ", 1)[1].split("\n", 1)[1]
    return re.findall(r"^#   +(\d+)  ", below.split("promise", 1)[1].partition("\n\n")[0], re.MULTILINE)


class TestAnswers:
    def test_a_newcomer_answers_and_everything_that_can_be_is_bound(self, guide: Path) -> None:
        asked = []
        answers = {
            "What is the service called?": "harbour",
            "Where is production?": "https://harbour.example/health",
            "Where are the metrics of production?": "http://10.0.0.7/metrics",
            "Where is staging?": "-",
            "How severe is `warning`?": "medium",
            "Where is the database?": "env:WATCHER_URL",
            "Which limit has this line?": "< 5",
            "Who is @core-platform?": "ana, Bogdan Ionescu",
            "How is ana told?": "env:ANA_URL",
            "How is Bogdan Ionescu told?": "",
            "Who is @Network Team?": "1",
        }
        with terminal(guide) as person:
            for _ in answers:
                shown = person.question()
                title = next(title for title in answers if title in shown.replace("\r\n", "\n"))
                asked.append(title)
                person.type(answers[title] + "\n")
            status, said = person.end()
        assert status == 0, said
        assert sorted(asked) == sorted(answers), "each is asked once"
        bindings = written(guide)
        assert bindings.environments["production"].metrics == "http://10.0.0.7/metrics"
        assert bindings.environments["production"].private, "a private address was typed: it is meant"
        assert bindings.severities == {"warning": "medium"}
        assert bindings.teams["core-platform"].members == ("ana", "bogdan")
        assert bindings.teams["network team"].members == ("ana",)
        assert bindings.people["bogdan"].name == "Bogdan Ionescu"
        assert bindings.people["ana"].channels == ("ana",)
        assert bindings.channels["ana"].url == "env:ANA_URL"
        checked = json.loads(run("check", guide, "--json").stdout)
        assert [missing["key"] for missing in checked["unbound"] if missing["key"]] == [
            "environments.staging.url"
        ]
        assert not [one for one in checked["diagnostics"] if one["level"] == "error"]
        assert "set for the service before it starts: ANA_URL" in said

    def test_the_most_useful_questions_come_first(self, guide: Path) -> None:
        with terminal(guide) as person:
            counts = []
            for _ in range(9):
                shown = person.answer("-\n")
                counts += re.findall(r"needed by (\d+) promise", shown)
        assert counts == sorted(counts, key=int, reverse=True)
        assert int(counts[0]) > 1

    def test_a_wrong_answer_is_said_to_be_wrong_and_asked_again(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.answer("harbour\n")
            seen = person.until("Where is production?", "\n")
            person.type("harbour.example/health\n")
            assert "no http(s) URL" in person.question()
            person.type("https://ana:correct-horse@harbour.example/\n")
            assert "holds a name or password" in person.question()
            person.type("https://harbour.example/health\n")
            person.until("How severe is `warning`?", "\n")
            person.type("mediun\n")
            assert "did you mean `medium`?" in person.question()
            person.type("medium\nq\n")
            person.end()
        assert "needed by" in seen
        assert written(guide).severities == {"warning": "medium"}

    def test_a_secret_is_refused_and_never_written(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.until("Who is @core-platform?", "\n")
            person.type("ana\n")
            person.question()
            person.type("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnl\n")
            assert "is a secret as a whole" in " ".join(person.question().split())
            person.type("env:ANA_URL\n")
            person.answer("q\n")
            person.end()
        for file in guide.parent.iterdir():
            assert "TIiajkdnl" not in file.read_text(encoding="utf-8")

    def test_an_address_is_nobodys_name(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.until("Who is @core-platform?", "\n")
            person.type("ana, env:ANA_URL\n")
            assert "`env:ANA_URL` is no person" in person.question()
            person.type("ana\n")
            assert "How is ana told?" in person.question()
            person.type("q\n")
            person.end()
        assert list(written(guide).people) == ["ana"]

    def test_an_origin_is_taken_as_the_question_asks_for_it(self, guide: Path) -> None:
        guide.write_text(GUIDE.replace("<1%", "<1%\n- **Core Web Vitals**: LCP <2s"), encoding="utf-8")
        with terminal(guide) as person:
            person.until("Which page of the service do users open?", "\n")
            person.type("https://harbour.example, https://m.harbour.example\n")
            person.answer("q\n")
            person.end()
        vitals = written(guide).vitals
        assert vitals is not None
        assert vitals.origins == ("https://harbour.example", "https://m.harbour.example")

    def test_q_writes_what_there_is_and_leaves_the_rest_for_later(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.answer("harbour\n")
            person.answer("q\n")
            status, _ = person.end()
        assert status == 0
        assert written(guide) == Bindings(service="harbour")
        text = guide.with_name("opsguide.toml").read_text(encoding="utf-8")
        assert '#[teams."network team"]' in text


class TestNothingHalfWritten:
    def test_ctrl_c_writes_nothing(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.answer("harbour\n")
            person.interrupt()
            status, said = person.end()
        assert status == 130
        assert "nothing was written" in said
        assert os.listdir(guide.parent) == ["operations.md"]

    def test_the_end_of_the_input_writes_nothing(self, guide: Path) -> None:
        with terminal(guide) as person:
            person.answer("\x04")
            status, said = person.end()
        assert status == 2
        assert "nothing was written" in said
        assert os.listdir(guide.parent) == ["operations.md"]

    def test_without_a_terminal_it_says_what_to_do(self, guide: Path) -> None:
        ran = run("init", guide)
        assert ran.exit_code == 2
        assert "there is no terminal: add --yes" in ran.stderr

    @pytest.mark.parametrize(("answer", "replaced"), [("\n", False), ("n\n", False), ("y\n", True)])
    def test_a_file_that_is_there_is_replaced_only_after_a_yes(
        self, answer: str, replaced: bool, guide: Path
    ) -> None:
        path = guide.with_name("opsguide.toml")
        path.write_text("# mine\n", encoding="utf-8")
        with terminal(guide) as person:
            assert "opsguide.toml is there" in person.answer(answer)
            if replaced:
                person.answer("q\n")
            status, _ = person.end()
        assert status == (0 if replaced else 2)
        assert (path.read_text(encoding="utf-8") == "# mine\n") != replaced

    def test_yes_replaces_nothing_and_force_does(self, guide: Path) -> None:
        path = guide.with_name("opsguide.toml")
        path.write_text("# mine\n", encoding="utf-8")
        path.chmod(0o600)
        assert "--force replaces it" in refused("init", guide, "--yes")
        assert path.read_text(encoding="utf-8") == "# mine\n"
        assert run("init", guide, "--yes", "--force").exit_code == 0
        assert path.read_text(encoding="utf-8").startswith("#:schema")
        assert path.stat().st_mode & 0o777 == 0o600, "rights stay"

    def test_a_folder_that_is_not_there(self, guide: Path) -> None:
        said = refused("init", guide, "--yes", "--output", guide.parent / "no" / "x.toml")
        assert "there is no such folder" in said

    def test_a_guide_that_cannot_be_used(self, tmp_path: Path) -> None:
        assert "cannot be read" in refused("init", tmp_path / "none.md", "--yes")

    def test_a_schema_that_is_not_ours_stays(self, guide: Path) -> None:
        beside = guide.with_name(SCHEMA_FILE)
        beside.write_text("{}", encoding="utf-8")
        assert run("init", guide, "--yes").exit_code == 0
        assert beside.read_text(encoding="utf-8") == "{}"


class TestYes:
    def test_with_nothing_to_be_found_nothing_is_invented(self, guide: Path) -> None:
        ran = run("init", guide, "--yes")
        assert ran.exit_code == 0, ran.output
        text = guide.with_name("opsguide.toml").read_text(encoding="utf-8")
        assert tomllib.loads(text) == {}
        told = re.search(r"(\d+) of \d+ promises are bound now, (\d+) were without it", ran.stdout)
        assert told is not None
        assert told[1] == told[2] == "3", "the severities, which need nothing"
        assert guide.with_name(SCHEMA_FILE).read_text(encoding="utf-8") == schema()

    def test_each_key_says_which_lines_need_it(self, guide: Path) -> None:
        run("init", guide, "--yes")
        text = guide.with_name("opsguide.toml").read_text(encoding="utf-8")
        lines = GUIDE.split("\n")
        assert [lines[int(number) - 1] for number in lines_needed(text, "#warning")] == [
            "    condition: error_rate > 5%"
        ]
        assert [
            lines[int(number) - 1].split(":")[0]
            for number in lines_needed(text.split("[databases.main]")[1], "#url")
        ] == ["- **Lock contention**"]

    def test_a_guide_that_tells_nobody_is_said_to_before_it_is_served(self, guide: Path) -> None:
        watched = "# Shop\n\n## Monitoring\n\n- Error rate: < 1%\n"
        guide.write_text(watched, encoding="utf-8")
        said = "nobody is called when something breaks: the guide names no route"
        assert said in run("init", guide, "--yes", "--force").stdout
        checked = run("check", guide).stdout
        assert said in checked
        assert "`1. **Primary**: @ops` under a heading `On call`" in checked
        # The line that it asks for is one that is read.
        guide.write_text(watched + "\n## On call\n\n1. **Primary**: @ops\n", encoding="utf-8")
        assert said not in run("init", guide, "--yes", "--force").stdout
        checked = run("check", guide).stdout
        assert said not in checked
        assert "[teams.ops]" in checked

    def test_the_two_next_commands_are_true(self, guide: Path) -> None:
        elsewhere = guide.parent / "bindings.toml"
        ran = run("init", guide, "--yes", "--output", elsewhere)
        check, serve = ran.stdout.splitlines()[-2:]
        assert run(*check.split()[1:]).exit_code == 0
        assert f"--bindings {elsewhere}" in check
        assert f"--bindings {elsewhere}" in serve

    @pytest.mark.parametrize("path", [EXAMPLE, *CORPUS], ids=lambda path: path.stem)
    def test_what_is_written_for_any_guide_is_accepted_and_so_are_its_keys_once_filled_in(
        self, path: Path, tmp_path: Path
    ) -> None:
        guide = tmp_path / "operations.md"
        guide.write_bytes(path.read_bytes())
        assert run("init", guide, "--yes").exit_code == 0
        checked = json.loads(run("check", guide, "--json").stdout)
        assert not [
            one
            for one in checked["diagnostics"]
            if one["code"] != "not-used-yet" and one["file"] != str(guide)
        ]
        text = guide.with_name("opsguide.toml").read_text(encoding="utf-8")
        filled = re.sub(r"^#(?=[\[\w\"])", "", text, flags=re.MULTILINE)
        _, found = read_bindings(filled)
        assert {one.code for one in found} <= {"not-used-yet", "bad-promql", "bad-limit", "unknown-person"}
        keys = {missing["key"] for missing in checked["unbound"] if missing["key"]}
        assert keys <= _keys(tomllib.loads(filled)), "every key that would bind something stands in the file"
        validator = jsonschema.Draft7Validator(json.loads(schema()))
        assert not list(validator.iter_errors(tomllib.loads(text)))


def _keys(table: dict[str, object], at: str = "") -> set[str]:
    from opsguide.guide.bindings.problems import quoted

    found = set()
    for key, value in table.items():
        path = f"{at}.{quoted(key)}" if at else quoted(key)
        found |= _keys(value, path) if isinstance(value, dict) else {path}
    return found


class TestARepository:
    """A guide in a git repository with a Compose file, as most are."""

    @pytest.fixture
    def repository(self, guide: Path) -> Path:
        folder = guide.parent
        git = ["git", "-C", str(folder), "-c", "user.name=Ana Pop", "-c", "user.email=ana@harbour.example"]
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "remote", "add", "origin", "git@git.example:shop/harbour.git"], check=True)
        (folder / "compose.yaml").write_text(
            "services:\n"
            "  web: {image: shop, ports: ['127.0.0.1:1:80'], environment: {DATABASE_URL: 'postgres://u:p@db/x'}}\n"
            "  db: {image: 'postgres:18'}\n"
        )
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "all"], check=True)
        return guide

    def test_what_git_and_compose_know_is_written(self, repository: Path) -> None:
        assert run("init", repository, "--yes").exit_code == 0
        bindings = written(repository)
        assert bindings.service == "harbour"
        assert bindings.repository == "https://git.example/shop/harbour"
        assert bindings.databases["db"].url == "env:DATABASE_URL"
        assert bindings.environments == {}, "what does not answer is only offered"
        text = repository.with_name("opsguide.toml").read_text(encoding="utf-8")
        assert '#url = "http://127.0.0.1:1/"' in text
        assert "u:p" not in text

    def test_of_several_that_answer_a_person_chooses(self, repository: Path) -> None:
        pages = {"/": b"hello", "/metrics": b"# TYPE up gauge\nup 1\n"}
        with serving(pages) as one, serving(pages) as other:
            repository.with_name("compose.yaml").write_text(
                f"services: {{a: {{image: a, ports: ['{one}:80']}}, b: {{image: b, ports: ['{other}:80']}}}}"
            )
            assert run("init", repository, "--yes").exit_code == 0
            assert written(repository).environments == {}
            with terminal(repository, "--force") as person:
                person.until("Where is production?", "-\n")
                person.type("2\n")
                person.until("Where are the metrics of production?", "-\n")
                person.type("\n")
                person.answer("q\n")
                person.end()
        production = written(repository).environments["production"]
        assert (production.url, production.metrics) == (
            f"http://127.0.0.1:{other}/",
            f"http://127.0.0.1:{one}/metrics",
        )

    def test_people_who_commit_are_offered(self, repository: Path) -> None:
        with terminal(repository) as person:
            assert "[harbour]" in person.answer("\n")
            person.until("Who is @core-platform?", "-\n")
            assert "1 Ana Pop" in person.seen
            person.type("1\n")
            assert "How is Ana Pop told?" in person.question()
            person.type("\nq\n")
            person.end()
        bindings = written(repository)
        assert (bindings.service, bindings.people["ana"].name) == ("harbour", "Ana Pop")


TYPED = st.one_of(
    st.sampled_from(
        (
            *(
                "",
                "1",
                "ana",
                "ana, Bogdan Ionescu, 1, 1",
                "@ana",
                "inbox",
                ",",
                "a.b",
                "medium",
                "critical",
                "up",
            ),
            *("https://x.example/", "http://10.0.0.7/metrics", "http://web:8000/", "http://[::1", "< 5"),
            *("env:X", "file:x", '"', "'\"", "\\"),
        )
    ),
    st.text(max_size=12),
)


class Typing:
    """Answers whatever comes, twice to each question; a refused answer is none, as on a terminal."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def ask(self, question: Question, check: Check) -> Guess | None:
        typed = self._data.draw(st.lists(TYPED, max_size=2), label=question.title)
        return next((Guess(answer, "a test") for answer in typed if answer and not check(answer)), None)


@given(data=st.data())
@settings(max_examples=60)
def test_whatever_is_typed_the_file_is_one_that_check_accepts(data: st.DataObject) -> None:
    reading = read(GUIDE, ALL, where="operations.md")
    found = Found(people=(Somebody(id="ana", name="Ana Pop", forge="anapop"),))
    interview = Interview(reading, found, Typing(data))
    interview.run()
    text = interview.draft.document("operations.md")
    bindings, told = read_bindings(text)
    assert bindings == interview.draft.bindings(), told
    assert not [one for one in check_against(reading, bindings, text=text) if one.level == "error"]
