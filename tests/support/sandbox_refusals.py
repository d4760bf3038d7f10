"""How the sandbox's Gorgias says which field of a request it does not take."""


def refuses(answer, field, status=400):
    assert answer.status_code == status, answer.text
    assert field in answer.json()["error"]["data"], answer.text
