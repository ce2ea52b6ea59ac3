"""The demo's supervisor: a killed program comes back, all end, leftovers of a killed demo are ended."""

import os
import signal
import time

import pytest

from examples.db_migration.demo_processes import Program, Supervisor, hold_alone

pytestmark = pytest.mark.processes


@pytest.fixture
def program(tmp_path):
    (tmp_path / "sleeper.py").write_text("import time\nprint('awake', flush=True)\ntime.sleep(60)\n")
    made = Program(
        "sleeper",
        [str(tmp_path / "sleeper.py"), "--one"],
        cwd=tmp_path,
        env=dict(os.environ),
        data_dir=tmp_path,
        restart_after=0.3,
    )
    yield made
    made.stop()


def pid_of(tmp_path) -> int:
    return int((tmp_path / "sleeper.pid").read_text())


def test_killed_program_is_started_again_after_a_while(program, tmp_path, capsys):
    program.start()
    first = pid_of(tmp_path)
    os.kill(first, signal.SIGKILL)
    while program.is_running():
        time.sleep(0.01)
    program.watch()
    assert not program.is_running()
    assert "by signal SIGKILL" in capsys.readouterr().out
    time.sleep(0.3)
    program.watch()
    assert program.is_running()
    assert pid_of(tmp_path) != first


def test_stop_ends_all_and_takes_the_pid_file_away(program, tmp_path):
    program.start()
    Supervisor([program]).stop()
    assert not program.is_running()
    assert not (tmp_path / "sleeper.pid").exists()


def test_leftover_of_a_killed_demo_is_ended(program, tmp_path):
    program.start()
    again = Program(
        "sleeper",
        [str(tmp_path / "sleeper.py"), "--one"],
        cwd=tmp_path,
        env=dict(os.environ),
        data_dir=tmp_path,
        restart_after=1,
    )
    while "awake" not in program.last_words():
        time.sleep(0.01)
    again.end_leftover()
    assert not program.is_running()


def test_pid_of_another_program_is_left_alone(program, tmp_path):
    (tmp_path / "sleeper.pid").write_text(str(os.getpid()))
    program.end_leftover()  # would end this test run


def test_two_demos_never_share_a_data_directory(tmp_path):
    descriptor = hold_alone(tmp_path)
    with pytest.raises(SystemExit, match="already"):
        hold_alone(tmp_path)
    os.close(descriptor)
    os.close(hold_alone(tmp_path))
