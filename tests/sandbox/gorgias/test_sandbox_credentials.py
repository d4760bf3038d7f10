import pytest

ROLES = ["observer-agent", "lite-agent", "basic-agent", "agent", "admin"]


def _clients(running):
    return {role: running.client_of((f"{role}@shop.example", "k")) for role in ROLES}


@pytest.fixture
def everyone(sandbox):
    auth = [{"email": f"{role}@shop.example", "api_key": "k", "role": role} for role in ROLES]
    return _clients(sandbox(auth=[*auth, {"token": "secret-token", "role": "admin"}]))


@pytest.mark.parametrize("auth", [None, ("ann@shop.example", "wrong"), ("nobody@shop.example", "ann-key")])
def test_bad_credentials_answer_401(sandbox, auth):
    assert sandbox().client_of(auth).get("/api/tickets").status_code == 401


def test_a_bearer_token_works_and_has_twice_the_allowance(sandbox):
    running = sandbox({"rate": "40/20"}, auth=[{"token": "secret-token", "role": "admin"}])
    client = running.client_of(None, headers={"Authorization": "Bearer secret-token"})
    answer = client.get("/api/users/0")
    assert answer.status_code == 200
    assert answer.headers["X-Gorgias-Account-Api-Call-Limit"] == "1/80"


def test_user_zero_is_the_user_behind_the_credentials(everyone):
    assert everyone["lite-agent"].get("/api/users/0").json()["email"] == "lite-agent@shop.example"


@pytest.mark.parametrize(
    ("method", "path", "body", "lowest"),
    [
        ("GET", "/api/tickets", None, "observer-agent"),
        ("PUT", "/api/tickets/1/custom-fields", [], "basic-agent"),
        ("POST", "/api/tags", {"name": "a"}, "agent"),
        ("DELETE", "/api/customers", {"ids": []}, "agent"),
        ("POST", "/api/teams", {"name": "a"}, "admin"),
        ("POST", "/api/rules", {"name": "a", "code": "b"}, "admin"),
    ],
)
def test_a_role_that_is_too_low_answers_403(everyone, method, path, body, lowest):
    allowed = {role: everyone[role].request(method, path, json=body).status_code != 403 for role in ROLES}
    assert allowed == {role: ROLES.index(role) >= ROLES.index(lowest) for role in ROLES}


def test_a_refused_role_changes_nothing(everyone):
    answer = everyone["observer-agent"].post("/api/tags", json={"name": "mine"})
    assert answer.json()["error"]["msg"].startswith("You do not have enough permissions")
    assert everyone["admin"].get("/api/tags").json()["data"][0]["name"] == "vip"


def test_credentials_stay_out_of_reprs(sandbox):
    shown = repr(sandbox(auth=[{"email": "a@b.example", "api_key": "hunter2", "role": "admin"}]).running)
    assert "hunter2" not in shown
