"""The pytest plugin as such: what it costs a suite that does not use it, and what its help says."""

import os
import subprocess
import sys
import textwrap

from support.adapters.suites import PLUGIN, Suite

pytest_plugins = ["pytester"]


def test_a_suite_that_does_not_use_the_plugin_imports_nothing_for_it(suite: Suite) -> None:
    (suite.folder / "conftest.py").write_text(
        textwrap.dedent("""
        import sys
        import pytest

        def pytest_sessionstart(session):
            session.config.before = set(sys.modules)

        def pytest_unconfigure(config):
            names = {name.partition(".")[0] for name in sys.modules}
            print("LOADED", sorted(names & {"attrs", "attr", "anyio", "hypothesis", "openai", "json", "cattrs"}))
            print("OURS", sorted(name for name in sys.modules if name.startswith("streamfold")))
    """)
    )
    suite.write("def test_it():\n    pass\n")
    arguments = ["-p", "no:anyio", "-p", "no:hypothesispytest", "-p", "no:_hypothesis_pytestplugin", "-q"]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", *PLUGIN, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    bare = [one for one in command if one != "streamfold.adapters.testing.pytest_plugin"]
    del bare[bare.index("-p", bare.index("no:streamfold"))]
    without = subprocess.run(bare, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert "1 passed" in done.stdout
    assert "1 passed" in without.stdout
    loaded = [line for line in done.stdout.splitlines() if line.startswith("LOADED")]
    assert loaded == [line for line in without.stdout.splitlines() if line.startswith("LOADED")]
    assert "openai" not in loaded[0]
    assert "attr" not in loaded[0]
    assert (
        "OURS ['streamfold', 'streamfold.adapters', 'streamfold.adapters.testing', "
        "'streamfold.adapters.testing.pytest_plugin']" in done.stdout
    )


def test_the_marker_and_the_options_are_in_pytest_s_help(suite: Suite) -> None:
    shown = suite.pytester.runpytest_inprocess(*PLUGIN, "--help").stdout.str()
    for option in (
        "--cassette-record",
        "--cassette-update",
        "--corpus=DIR",
        "--streamfold-corpus=DIR",
        "--corpus-wire",
    ):
        assert option in shown
    markers = suite.pytester.runpytest_inprocess(*PLUGIN, "--markers").stdout.str()
    assert "@pytest.mark.cassette(*paths, wire=None" in markers
