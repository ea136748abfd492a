from analysis.review.clinic.throttle import Throttle, ThrottleParams


def test_a_few_mistakes_are_free_and_then_the_wait_doubles() -> None:
    throttle = Throttle()
    for _ in range(5):
        assert throttle.wait_s("eva", 0.0) == 0
        throttle.wrong("eva", 0.0)
    assert throttle.wait_s("eva", 0.0) == 2
    throttle.wrong("eva", 2.0)
    assert throttle.wait_s("eva", 2.0) == 4
    assert throttle.wait_s("eva", 5.0) == 1
    assert throttle.wait_s("eva", 6.0) == 0


def test_another_login_does_not_wait_for_it() -> None:
    throttle = Throttle()
    for _ in range(8):
        throttle.wrong("eva", 0.0)
    assert throttle.wait_s("mayer", 0.0) == 0


def test_the_wait_has_an_end_and_is_forgotten() -> None:
    throttle = Throttle()
    for _ in range(60):
        throttle.wrong("eva", 0.0)
    assert throttle.wait_s("eva", 0.0) == 900
    assert throttle.wait_s("eva", 3600.0) == 0


def test_a_thousand_logins_from_a_list_make_everybody_wait() -> None:
    throttle = Throttle()
    for number in range(50):
        throttle.wrong(f"user{number}", float(number))
    assert throttle.wait_s("eva", 49.0) == 2
    assert throttle.wait_s("eva", 51.0) == 0


def test_coming_in_forgets_the_mistakes() -> None:
    throttle = Throttle()
    for _ in range(6):
        throttle.wrong("eva", 0.0)
    throttle.right("eva")
    assert throttle.wait_s("eva", 0.0) == 0


def test_a_flood_of_names_does_not_fill_the_memory() -> None:
    throttle = Throttle(ThrottleParams(most_logins=10))
    for number in range(1000):
        throttle.wrong(f"user{number}", 0.0)
    assert len(throttle._logins) == 10
