"""A thing is wanted for as long as one of those who asked for it wants it."""

from fake_llm_server._weights.askers import Askers, always


def test_one_who_wants_it_is_enough() -> None:
    """Those who gave up, who left and who want something else don't count."""
    askers: Askers[str] = Askers()
    assert not askers.is_wanted("a")
    patient = [True]
    with askers.asking("a", lambda: patient[0]), askers.asking("b", always):
        assert askers.is_wanted("a")
        with askers.asking("a", always):
            patient[0] = False
            assert askers.is_wanted("a")
        assert not askers.is_wanted("a")
        assert askers.is_wanted("b")
    assert not askers.is_wanted("b")


def test_equal_askers_are_counted() -> None:
    """Two who always want it leave one by one."""
    askers: Askers[str] = Askers()
    with askers.asking("a", always):
        with askers.asking("a", always):
            pass
        assert askers.is_wanted("a")
    assert not askers.is_wanted("a")
