import pytest

from sandbox.gorgias.bucket import Allowance, LeakyBucket


def test_the_bucket_holds_its_limit_and_refuses_one_more(clock):
    bucket = LeakyBucket(Allowance(40, 20), clock)
    assert [bucket.take() for _ in range(40)] == [0.0] * 40
    assert bucket.take() == pytest.approx(0.5)
    assert bucket.header() == "40/40"


def test_the_bucket_drains_continuously(clock):
    bucket = LeakyBucket(Allowance(40, 20), clock)
    for _ in range(40):
        bucket.take()
    clock.now += 0.5
    assert bucket.take() == 0.0
    assert bucket.take() > 0
    clock.now += 5
    assert bucket.header() == "30/40"


def test_a_refused_request_adds_nothing(clock):
    bucket = LeakyBucket(Allowance(1, 10), clock)
    bucket.take()
    for _ in range(5):
        assert bucket.take() == pytest.approx(10)
    assert bucket.highest == 1


def test_an_oauth_token_has_twice_the_allowance():
    assert Allowance.parse("40/20").doubled() == Allowance(80, 20)


@pytest.mark.parametrize("text", ["40", "a/b", "0/20", "40/0", "40/20/1", "nan/20"])
def test_a_bad_rate_is_named(text):
    with pytest.raises(ValueError, match=text.split("/")[0]):
        Allowance.parse(text)


def test_every_answer_carries_the_level_and_the_full_bucket_answers_429(sandbox, clock):
    running = sandbox({"rate": "3/30", "clock": clock})
    levels = [running.client.get("/api/tags").headers["X-Gorgias-Account-Api-Call-Limit"] for _ in range(3)]
    assert levels == ["1/3", "2/3", "3/3"]
    refused = running.client.post("/api/tags", json={"name": "late"})
    assert refused.status_code == 429
    assert refused.headers["Retry-after"] == "10"
    assert refused.headers["X-Gorgias-Account-Api-Call-Limit"] == "3/3"
    assert "late" not in [tag["name"] for tag in running.state()["tags"]]
    stats = running.client.get("/_sandbox/stats").json()
    assert stats["requests"] == {"GET /api/tags": 3, "POST /api/tags": 1}
    assert (stats["throttled"], stats["bucket_max"]) == (1, 3)
    clock.now += 10
    assert running.client.post("/api/tags", json={"name": "late"}).status_code == 201


def test_retry_after_can_be_switched_off(sandbox, clock):
    running = sandbox({"rate": "1/30", "clock": clock}, switches={"G-20": False})
    running.client.get("/api/tags")
    assert "Retry-after" not in running.client.get("/api/tags").headers
