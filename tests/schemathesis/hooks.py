"""What schemathesis must know of the system: how a caller signs in, and that a file is uploaded before it is registered.

OMEGA_DEV_JSON names the file with the addresses of the running system, OMEGA_CALLER says who calls: `client` or `staff`.
"""

import base64
import datetime
import hashlib
import hmac
import ipaddress
import json
import os
import secrets
import time
import uuid

import pyotp
import requests
import schemathesis

with open(os.environ["OMEGA_DEV_JSON"], encoding="utf-8") as file:
    SYSTEM = json.load(file)
STAFF = os.environ["OMEGA_CALLER"] == "staff"
PASSWORD = "correct horse battery"
DEADLINE = 30

# Limits count by caller: whoever has called a limited operation this often gives way to a new account.
CALLS_BEFORE_A_NEW_ACCOUNT = 4
PDF = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


# Answers to the form `missing-receipt`.
RECEIPT = {
    "business_name": "Reyes Bakery",
    "payer": "Maria Reyes",
    "day": "2026-11-02",
    "seller": "Hardware store",
    "amount": "12.50",
    "paid_with": "cash",
    "bought": "Screws",
    "purpose": "Shelves",
    "why_missing": "Lost",
}


def new_address():
    """One of the 2^64 addresses of a documentation network (RFC 3849). Not by `random`, which hypothesis makes repeat."""
    return str(ipaddress.IPv6Address((0x2001_0DB8 << 96) + secrets.randbits(64)))


class Account:
    """Somebody who has just signed up."""

    def __init__(self):
        email = f"client-{uuid.uuid4().hex}@example.com"
        answer = requests.post(
            f"{SYSTEM['site']}/functions/v1/onboarding/signup",
            json={"email": email, "password": PASSWORD, "full_name": "Maria Reyes"},
            headers={"CF-Connecting-IP": new_address()},
            timeout=DEADLINE,
        )
        answer.raise_for_status()
        self.id = answer.json()["user"]["id"]
        self.token = answer.json()["session"]["access_token"]
        if STAFF:
            # The role is the secret key's to give, and counts from the next token on.
            self.supabase(
                "PUT",
                f"/auth/v1/admin/users/{self.id}",
                key=SYSTEM["service_role_key"],
                json={"app_metadata": {"role": "staff", "staff_role": "owner"}},
            )
            self.token = self.supabase(
                "POST",
                "/auth/v1/token?grant_type=password",
                json={"email": email, "password": PASSWORD},
            ).json()["access_token"]
            self.token = self.second_step()

    def second_step(self):
        """The token of a session with two steps, which all that is staff's asks for."""
        headers = {"Authorization": f"Bearer {self.token}"}
        new = {"factor_type": "totp", "friendly_name": "schemathesis"}
        factor = self.supabase("POST", "/auth/v1/factors", json=new, headers=headers).json()
        path = f"/auth/v1/factors/{factor['id']}"
        challenge = self.supabase("POST", f"{path}/challenge", headers=headers).json()
        answer = {"challenge_id": challenge["id"], "code": pyotp.TOTP(factor["totp"]["secret"]).now()}
        return self.supabase("POST", f"{path}/verify", json=answer, headers=headers).json()["access_token"]

    def supabase(self, method, path, key=None, **request):
        headers = {"apikey": key or SYSTEM["anon_key"], **request.pop("headers", {})}
        answer = requests.request(method, SYSTEM["supabase"] + path, headers=headers, timeout=DEADLINE, **request)
        answer.raise_for_status()
        return answer

    def upload(self, bucket="client-documents"):
        """The path of a new file in this account's folder."""
        path = f"{self.id}/{uuid.uuid4()}.pdf"
        self.supabase(
            "POST",
            f"/storage/v1/object/{bucket}/{path}",
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/pdf"},
            data=PDF,
        )
        return path


class Accounts:
    def __init__(self):
        self.by_token = {}
        self.documents = {}
        self.renew()

    def renew(self):
        self.current = Account()
        self.by_token[f"Bearer {self.current.token}"] = self.current
        self.limited_calls = 0

    def document(self, account):
        """The id of a document of an account's own."""
        if account.id not in self.documents:
            answer = requests.post(
                f"{SYSTEM['site']}/functions/v1/onboarding/register-document",
                json={"document_name": "a.pdf", "document_category": "other", "storage_path": account.upload()},
                headers={"Authorization": f"Bearer {account.token}", "CF-Connecting-IP": new_address()},
                timeout=DEADLINE,
            )
            answer.raise_for_status()
            self.documents[account.id] = answer.json()["id"]
        return self.documents[account.id]

    def for_operation(self, operation):
        description = operation.definition.raw
        if "429" in description["responses"] and "security" in description:
            self.limited_calls += 1
            if self.limited_calls > CALLS_BEFORE_A_NEW_ACCOUNT:
                self.renew()
        return self.current


ACCOUNTS = Accounts()


@schemathesis.auth(refresh_interval=None)
class AccessToken:
    def get(self, case, context):
        return ACCOUNTS.for_operation(context.operation).token

    def set(self, case, token, context):
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers["CF-Connecting-IP"] = new_address()
    # A 303 is an answer to look at, not one to follow to a page.
    kwargs["allow_redirects"] = False
    if case.meta is None or case.meta.generation.mode.is_positive:
        keep_to_what_no_schema_says(case)
        if case.operation.definition.raw["operationId"] == "receiveMailEvent":
            kwargs["auth"] = Signature()


class Signature(requests.auth.AuthBase):
    """Signs a webhook as Svix does, over what is sent."""

    def __call__(self, request):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        event, moment = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        key = base64.b64decode(SYSTEM["webhook_secret"].removeprefix("whsec_"))
        code = hmac.new(key, f"{event}.{moment}.".encode() + body, hashlib.sha256).digest()
        request.headers.update({"svix-id": event, "svix-timestamp": moment, "svix-signature": f"v1,{base64.b64encode(code).decode()}"})
        return request


def keep_to_what_no_schema_says(case):
    caller = ACCOUNTS.by_token.get(case.headers.get("Authorization"), ACCOUNTS.current)
    name = case.operation.definition.raw["operationId"]
    if case.query and "cursor" in case.query:
        # A cursor is one that a page before it gave.
        case.query["cursor"] = next_cursor(caller, case.operation.path)
        if case.query["cursor"] is None:
            del case.query["cursor"]
    if name in ("openForm", "blankForm"):
        # A form there is.
        case.query["form"] = "mileage-log"
    if name == "listSignedForms" and case.query and not STAFF:
        # Whose, is for staff to say.
        case.query.pop("client", None)
    if name == "getClient":
        # A client there is: the caller has a record too.
        case.query["id"] = caller.id
    if name == "listDeadlines" and case.query and "from" in case.query:
        # The last day follows the first within a year.
        case.query["from"] = due_day()
    if name == "listDeadlines" and case.query:
        case.query.pop("to", None)
    if name == "listDeadlines" and case.query and (not STAFF or "client" in case.query):
        # One client's list has no pages, it goes from a day to a day.
        case.query.pop("limit", None)
        case.query.pop("cursor", None)
    if not isinstance(case.body, dict):
        return
    if name == "receiveMailEvent":
        # What it holds follows from its type; this is a mail's.
        case.body["data"] = {"email_id": uuid.uuid4().hex, "to": [f"client-{uuid.uuid4().hex}@example.com"]}
    if name == "saveDraft":
        # Answers are those that the form asks for, made from what there was before.
        case.body["form"] = "mileage-log"
        case.body["updated_at"] = None
        if case.body.get("remove"):
            case.body.pop("answers", None)
        else:
            case.body["answers"] = {"driver": "Ana"}
    if name == "signForm":
        case.body.update(
            id=str(uuid.uuid4()), form="missing-receipt", form_version=1, typed_name="Maria Reyes", consent=True, answers=RECEIPT
        )
    if name == "saveComplianceFacts":
        case.body["client"] = caller.id
        # Abroad one is formed, not operating; without employees there is nothing to deposit; an owner's year is the calendar's.
        case.body["states"] = [state for state in case.body.get("states") or [] if state != "abroad"]
        if case.body["payroll"] == "none":
            case.body["deposit_schedule"] = None
        if case.body.get("llc_taxed_as") == "sole-proprietor":
            case.body["fiscal_year_end"] = "12"
        case.body["formed_on"] = None
    if name == "recordDeadline":
        case.body["client"] = caller.id
        # A proof goes with what is done, and is a document there is; who looks after it is one of the team.
        case.body.pop("document_id", None)
        case.body["assigned_to"] = None
        case.body["status"] = case.body.get("status") or "open"
    if name == "registerDocument":
        # The file is in Storage already, in the caller's own folder.
        case.body["storage_path"] = caller.upload()
    if name == "signUp":
        # The bound of a password counts bytes.
        case.body["password"] = case.body["password"].encode()[:72].decode(errors="ignore")
    if name == "changeClosure" and case.body["action"] == "withdraw":
        # A reason goes with asking.
        case.body.pop("reason", None)
    if name == "moveClient":
        # Where a client can go follows from where they are; some of these moves are refused all the same.
        case.body["id"] = caller.id
        case.body["reason"] = "Made up."
    if name in ("makeRequests", "addNote", "writeToClient"):
        case.body["client_id"] = caller.id
    if name == "makeRequests":
        case.body["template"] = "monthly-books"
        for item in case.body["items"]:
            item["due_on"] = due_day()
            if item["wanted"] == "answer":
                # What a file is goes with a file.
                item.pop("document_category", None)
    if name == "changeClients":
        # Each action has fields of its own, and no others.
        kept = {"assign": ["owner_id"], "ask": ["template", "request_id"], "move": ["status", "reason"]}
        case.body.update({"ids": [caller.id], "template": "monthly-books", "request_id": str(uuid.uuid4()), "status": "archived"})
        case.body["reason"] = "Made up."
        for field in sum(kept.values(), []):
            if field not in kept[case.body["action"]]:
                case.body.pop(field, None)
    if name == "answerRequest" and not (case.body.get("answer") or "").strip():
        # Words, a document or both.
        case.body["answer"] = "Made up."
    if name == "settleRequest":
        case.body["reason"] = "Made up." if case.body["verdict"] == "returned" else None
    if name == "reviewDocument":
        case.body["id"] = ACCOUNTS.document(caller)
        # A reason goes with returning, and with nothing else.
        case.body["reason"] = "Made up." if case.body["verdict"] == "returned" else None
    if name == "logExpense":
        # An entry has all of its fields, a correction none but the entry that it names; the day is not ahead.
        case.body.pop("corrects", None)
        case.body.pop("service_id", None)
        case.body["spent_on"] = "2026-01-05"
        for field, value in {"amount": "26.00", "category": "rent", "vendor": "Made up."}.items():
            case.body.setdefault(field, value)
    if name == "saveService":
        # What is active or waits has a cost; one name of a provider stands once.
        case.body.update({"name": uuid.uuid4().hex, "monthly_cost": case.body.get("monthly_cost") or "26.00"})
        for field in ("provider", "tier"):
            case.body.setdefault(field, "Made up.")
        if case.body.get("renews_on"):
            case.body["renews_on"] = due_day()
        if case.body.get("status") == "cancelled":
            case.body["status"] = "active"
    if name == "attachReceipt":
        # A path in the caller's own folder, of a file that is there.
        case.body["storage_path"] = caller.upload("receipts" if STAFF else "client-documents")
    if name == "decideService":
        # A reason goes with declining, and with nothing else.
        case.body["reason"] = "Made up." if case.body["verdict"] == "declined" else None
    if name == "logRotation":
        # The name is one of the list, the time is not ahead.
        case.body["name"] = "RESEND_API_KEY"
        case.body.pop("rotated_at", None)


def due_day():
    """Three weeks from now on."""
    return (datetime.date.today() + datetime.timedelta(weeks=3)).isoformat()


def next_cursor(caller, path):
    answer = requests.get(
        f"{SYSTEM['site']}{path}",
        params={"limit": 1},
        headers={"Authorization": f"Bearer {caller.token}"},
        timeout=DEADLINE,
    )
    # Whoever may not list has no page to go on from.
    return answer.json().get("next_cursor")
