#!/usr/bin/env python3
"""Makes the catalogue that ships with the project: data/apis and data/licenses.

Downloads pinned versions of the packages named below into a temporary folder and reduces their documents: only the
chosen operations stay, with the schemas they need, descriptions cut to one sentence, no examples. The results are still documents of
their own formats, so the same importer reads these and the originals.

    data/prepare.py            write the files
    data/prepare.py --check    compare with what is committed; exit 1 when something differs
    data/prepare.py --from DIR use package archives that are already in DIR

Needs the Python 3 standard library, npm and pip.
"""

import argparse
import gzip
import html
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
OCTOKIT = "23.0.2"
GOOGLE = "2.202.0"
BOTOCORE = "1.44.5"

GITHUB = """
activity: check-repo-is-starred-by-authenticated-user list-repos-starred-by-authenticated-user list-stargazers-for-repo
  star-repo-for-authenticated-user unstar-repo-for-authenticated-user
gists: check-is-starred create create-comment delete delete-comment fork get get-comment list list-comments list-commits
  list-for-user list-public list-starred star unstar update update-comment
issues: add-assignees add-labels add-sub-issue create create-comment create-label create-milestone delete-comment delete-label
  delete-milestone get get-comment get-label get-milestone list-assignees list-comments list-for-repo list-labels-for-repo
  list-labels-on-issue list-milestones list-sub-issues lock remove-all-labels remove-assignees remove-label remove-sub-issue
  set-labels unlock update update-comment update-label update-milestone
orgs: cancel-invitation check-membership-for-user create-invitation get get-membership-for-user list-members
  list-pending-invitations remove-member remove-membership-for-user set-membership-for-user update
pulls: check-if-merged create create-reply-for-review-comment create-review create-review-comment delete-pending-review
  delete-review-comment dismiss-review get get-review get-review-comment list list-requested-reviewers list-review-comments
  list-reviews merge remove-requested-reviewers request-reviewers update update-review update-review-comment
reactions: create-for-issue create-for-issue-comment delete-for-issue delete-for-issue-comment list-for-issue
  list-for-issue-comment
repos: add-collaborator check-collaborator create-for-authenticated-user create-fork create-in-org create-release delete
  delete-release get get-all-topics get-branch get-latest-release get-release get-release-by-tag list-branches
  list-collaborators list-for-org list-for-user list-releases remove-collaborator rename-branch replace-all-topics update
  update-release
teams: add-or-update-membership-for-user-in-org create delete-in-org get-by-name get-membership-for-user-in-org list
  list-members-in-org remove-membership-for-user-in-org update-in-org
users: follow get-authenticated get-by-username list-followers-for-user list-following-for-user unfollow update-authenticated
"""
GOOGLE_METHODS = {
    "calendar.v3": """acl.delete acl.get acl.insert acl.list acl.patch calendarList.delete calendarList.get calendarList.insert
        calendarList.list calendarList.patch calendars.clear calendars.delete calendars.get calendars.insert calendars.patch
        events.delete events.get events.insert events.instances events.list events.move events.patch events.quickAdd""",
    "tasks.v1": """tasklists.delete tasklists.get tasklists.insert tasklists.list tasklists.patch tasks.clear tasks.delete tasks.get
        tasks.insert tasks.list tasks.move tasks.patch""",
    "classroom.v1": """courses.create courses.delete courses.get courses.list courses.patch courses.announcements.create
        courses.announcements.delete courses.announcements.get courses.announcements.list courses.announcements.patch
        courses.courseWork.create courses.courseWork.delete courses.courseWork.get courses.courseWork.list courses.courseWork.patch
        courses.courseWork.studentSubmissions.get courses.courseWork.studentSubmissions.list
        courses.courseWork.studentSubmissions.patch courses.courseWork.studentSubmissions.reclaim
        courses.courseWork.studentSubmissions.return courses.courseWork.studentSubmissions.turnIn
        courses.students.create courses.students.delete courses.students.get courses.students.list courses.teachers.create
        courses.teachers.delete courses.teachers.get courses.teachers.list courses.topics.create courses.topics.delete
        courses.topics.get courses.topics.list courses.topics.patch invitations.accept invitations.create invitations.delete
        invitations.get invitations.list""",
    "drive.v3": """files.copy files.create files.delete files.get files.list files.update comments.create comments.delete comments.get comments.list comments.update drives.create
        drives.delete drives.get drives.hide drives.list drives.unhide drives.update permissions.create permissions.delete permissions.get permissions.list
        permissions.update replies.create replies.delete replies.get replies.list replies.update""",
}
AWS_OPERATIONS = {
    "sqs": """ChangeMessageVisibility CreateQueue DeleteMessage DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags ListQueues
        PurgeQueue ReceiveMessage SendMessage SetQueueAttributes TagQueue UntagQueue""",
    "sns": """ConfirmSubscription CreateTopic DeleteTopic GetSubscriptionAttributes GetTopicAttributes ListSubscriptions
        ListSubscriptionsByTopic ListTopics Publish SetSubscriptionAttributes SetTopicAttributes Subscribe Unsubscribe""",
    "secretsmanager": """CancelRotateSecret CreateSecret DeleteSecret DescribeSecret GetSecretValue ListSecretVersionIds ListSecrets
        PutSecretValue RestoreSecret RotateSecret TagResource UntagResource UpdateSecret UpdateSecretVersionStage""",
    "identitystore": """CreateGroup CreateGroupMembership CreateUser DeleteGroup DeleteGroupMembership DeleteUser DescribeGroup
        DescribeGroupMembership DescribeUser IsMemberInGroups ListGroupMemberships ListGroupMembershipsForMember ListGroups ListUsers
        UpdateGroup UpdateUser""",
    "mturk": """AcceptQualificationRequest ApproveAssignment AssociateQualificationWithWorker CreateHIT CreateQualificationType
        CreateWorkerBlock DeleteHIT DeleteQualificationType DeleteWorkerBlock DisassociateQualificationFromWorker GetAssignment GetHIT
        GetQualificationScore GetQualificationType ListAssignmentsForHIT ListBonusPayments ListHITs ListQualificationRequests
        ListQualificationTypes ListWorkerBlocks ListWorkersWithQualificationType RejectAssignment RejectQualificationRequest SendBonus
        UpdateExpirationForHIT UpdateHITReviewStatus UpdateQualificationType""",
}

# Members of GitHub's schemas that only repeat an address or an internal id.
GITHUB_NOISE = re.compile(r"(?<!^html)_url$|^url$|^_links$|^node_id$|^gravatar_id$|_via_github_app$|^_url$")
DESCRIPTION_CHARS_MAX = 200
ENUM_MAX = 40
DEPTH_MAX = 3  # references followed from an operation; deeper ones become a titled empty object


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--check", action="store_true", help="compare with what is committed instead of writing")
    args.add_argument("--from", dest="archives", type=Path, help="folder that already holds the package archives")
    args = args.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.archives or Path(temporary)
        if not args.archives:
            download(folder)
        files = build(folder)
    return check(files) if args.check else write(files)


def download(folder):
    run = lambda *command: subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    run("npm", "pack", f"@octokit/openapi@{OCTOKIT}")
    for package in (f"google-api-python-client=={GOOGLE}", f"botocore=={BOTOCORE}"):
        run(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "-d", ".", package)


def build(folder):
    """All files as {path below data/: text}."""
    files = {}
    with tarfile.open(folder / f"octokit-openapi-{OCTOKIT}.tgz") as archive:
        read = lambda name: archive.extractfile(f"package/{name}").read().decode()
        files["apis/github.json"] = dump(reduce_openapi(json.loads(read("generated/api.github.com.json"))))
        files["licenses/octokit-openapi.txt"] = read("LICENSE")
    with zipfile.ZipFile(folder / f"google_api_python_client-{GOOGLE}-py3-none-any.whl") as archive:
        for api, methods in GOOGLE_METHODS.items():
            document = json.loads(archive.read(f"googleapiclient/discovery_cache/documents/{api}.json"))
            files[f"apis/google-{api.split('.')[0]}.json"] = dump(reduce_google(document, set(methods.split())))
        files["licenses/google-api-python-client.txt"] = license_text(archive)
    with zipfile.ZipFile(folder / f"botocore-{BOTOCORE}-py3-none-any.whl") as archive:
        for service, operations in AWS_OPERATIONS.items():
            document = json.loads(newest_model(archive, service))
            files[f"apis/aws-{service}.json"] = dump(reduce_aws(document, operations.split()))
        files["licenses/botocore.txt"] = license_text(archive)
        files["licenses/botocore-notice.txt"] = license_text(archive, "NOTICE")
    return files


def license_text(archive, stem="LICENSE"):
    name = next(n for n in sorted(archive.namelist()) if ".dist-info/" in n and Path(n).name.startswith(stem))
    return archive.read(name).decode()


def newest_model(archive, service):
    pattern = re.compile(rf"botocore/data/{service}/[^/]+/service-2\.json(\.gz)?$")
    name = max(n for n in archive.namelist() if pattern.match(n))
    data = archive.read(name)
    return gzip.decompress(data) if name.endswith(".gz") else data


def write(files):
    for name, text in files.items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_text(text)
    total = sum(len(text) for name, text in files.items() if name.startswith("apis/"))
    print(f"{len(files)} files, {total} bytes of descriptions")
    return 0


def check(files):
    bad = [name for name, text in files.items() if not (HERE / name).is_file() or (HERE / name).read_text() != text]
    kept = {f"{kind}/{path.name}" for kind in ("apis", "licenses") for path in (HERE / kind).iterdir()}
    bad += sorted(kept - set(files))
    for name in bad:
        print(f"differs: data/{name}")
    return 1 if bad else 0


def dump(document):
    """JSON with one line for each operation and schema, so that changes can be read."""
    compact = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def block(value, depth, indent):
        if depth == 0 or not isinstance(value, dict) or not value:
            return compact(value)
        pad = " " * (indent + 1)
        members = [f"{pad}{compact(k)}: {block(v, depth - 1, indent + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(members) + "\n" + " " * indent + "}"

    return block(document, 3 if "openapi" in document else 2, 0) + "\n"


def sentence(text):
    """The first sentence, without markup, of bounded length."""
    text = re.sub(r"<[^>]*>", " ", text or "")
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", html.unescape(text))
    text = re.sub(r"\s+", " ", text).strip(" #>*")
    marker = re.match(r"(Output only|Required|Optional|Immutable|Identifier|Read-only)\. (?=\S)", text)
    if marker:
        return marker.group(0) + sentence(text[marker.end() :])
    found = re.match(r"(.+?[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!etc\.)(?: (?=[A-Z`\"(])|$)", text)
    text = found.group(1) if found else text
    if len(text) > DESCRIPTION_CHARS_MAX:
        text = text[:DESCRIPTION_CHARS_MAX].rsplit(" ", 1)[0].rstrip(",;:") + "…"
    return text


# --- OpenAPI -------------------------------------------------------------------------------------------------------------


def chosen_github():
    group, out = None, set()
    for word in GITHUB.split():
        if word.endswith(":"):
            group = word[:-1]
        else:
            out.add(f"{group}/{word}")
    return out


def reduce_openapi(document):
    wanted = chosen_github()
    paths, depth = {}, {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict) and operation.get("operationId") in wanted:
                wanted.discard(operation["operationId"])
                paths.setdefault(path, {})[method] = reduce_operation(operation)
    if wanted:
        raise SystemExit(f"operations not found: {sorted(wanted)}")
    components = {}
    pending = [(ref, 0) for ref in references(paths)]
    while pending:
        ref, level = pending.pop(0)
        kind, name = ref.removeprefix("#/components/").split("/")
        if (kind, name) in depth or kind == "examples":
            continue
        depth[kind, name] = level
        source = document["components"][kind][name]
        if kind == "responses":
            source = {"description": source["description"]}
        reduced = reduce_schema(source, level)
        components.setdefault(kind, {})[name] = reduced
        pending += [(r, level + (kind == "schemas")) for r in references(reduced)]
    info = {k: document["info"][k] for k in ("title", "version", "description", "license") if k in document["info"]}
    ordered = {kind: dict(sorted(parts.items())) for kind, parts in sorted(components.items())}
    return {"openapi": document["openapi"], "info": info, "servers": document["servers"], "paths": paths, "components": ordered}


def reduce_operation(operation):
    out = {k: operation[k] for k in ("operationId", "summary", "tags") if k in operation}
    out["description"] = sentence(operation.get("description", ""))
    out["parameters"] = [reduce_schema(p, 0) for p in operation.get("parameters", [])]
    body = operation.get("requestBody")
    if body:
        content = body["content"].get("application/json")
        if content:
            out["requestBody"] = {"required": body.get("required", False), "content": {"application/json": {"schema": reduce_schema(content["schema"], 0)}}}
    out["responses"] = {}
    for status, response in operation["responses"].items():
        if "$ref" in response or not status.startswith("2"):
            out["responses"][status] = response if "$ref" in response else {"description": sentence(response.get("description"))}
            continue
        reduced = {"description": sentence(response.get("description"))}
        content = response.get("content", {}).get("application/json")
        if content:
            reduced["content"] = {"application/json": {"schema": reduce_schema(content["schema"], 0)}}
        out["responses"][status] = reduced
    return {k: v for k, v in out.items() if v not in ("", [], None)}


DROPPED = {"example", "examples", "externalDocs", "deprecated", "readOnly", "writeOnly", "xml", "discriminator"}


def reduce_schema(value, level):
    """A schema without examples and noise; references below the depth limit are cut."""
    if isinstance(value, list):
        return [reduce_schema(v, level) for v in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$ref"} and level >= DEPTH_MAX and value["$ref"].startswith("#/components/schemas/"):
        return {"type": "object", "title": value["$ref"].rsplit("/", 1)[1]}
    out = {}
    for key, item in value.items():
        if key in DROPPED or key.startswith("x-") or (key == "enum" and len(item) > ENUM_MAX):
            continue
        if key == "description" and isinstance(item, str):
            item = sentence(item)
            if not item:
                continue
        elif key == "properties" and isinstance(item, dict):
            item = {n: reduce_schema(s, level) for n, s in item.items() if not GITHUB_NOISE.search(n)}
        elif key == "required" and isinstance(item, list):
            item = [n for n in item if not GITHUB_NOISE.search(n)]
            if not item:
                continue
        else:
            item = reduce_schema(item, level)
        out[key] = item
    return out


def references(value, key="$ref"):
    """Every reference in `value`, in document order, once."""
    found = {}

    def walk(v):
        if isinstance(v, dict):
            if isinstance(v.get(key), str):
                found.setdefault(v[key])
            for item in v.values():
                walk(item)
        elif isinstance(v, list):
            for item in v:
                walk(item)

    walk(value)
    return list(found)


# --- Google discovery ----------------------------------------------------------------------------------------------------


def reduce_google(document, wanted):
    keep = ("kind", "discoveryVersion", "id", "name", "version", "title", "description", "rootUrl", "servicePath")
    out = {k: document[k] for k in keep if k in document}

    def resources(source, prefix):
        result = {}
        for name, resource in sorted(source.items()):
            path = prefix + [name]
            methods = {}
            for method, body in sorted(resource.get("methods", {}).items()):
                if ".".join(path + [method]) in wanted:
                    wanted.discard(".".join(path + [method]))
                    methods[method] = reduce_method(body)
            reduced = {"methods": methods} if methods else {}
            inner = resources(resource.get("resources", {}), path)
            if inner:
                reduced["resources"] = inner
            if reduced:
                result[name] = reduced
        return result

    out["resources"] = resources(document["resources"], [])
    if wanted:
        raise SystemExit(f"methods not found: {sorted(wanted)}")
    out["schemas"] = closure(references(out["resources"]), document["schemas"], "$ref")
    return out


def reduce_method(body):
    keep = ("id", "path", "flatPath", "httpMethod", "parameterOrder", "request", "response")
    out = {k: body[k] for k in keep if k in body}
    out["description"] = sentence(body.get("description"))
    parameters = {n: clean(p) for n, p in body.get("parameters", {}).items() if not p.get("deprecated")}
    if parameters:
        out["parameters"] = parameters
    return out


def clean(value):
    """A discovery or AWS schema without annotations that no reader of the reduced document needs."""
    if isinstance(value, list):
        return [clean(v) for v in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, item in value.items():
        if key in ("enumDescriptions", "enumDeprecated", "deprecated", "pattern") and not isinstance(item, dict):
            continue
        if key == "enum" and isinstance(item, list) and len(item) > ENUM_MAX:
            continue
        if key in ("description", "documentation") and isinstance(item, str):
            if re.search(r"\b(read-only|output only)\b", item, re.IGNORECASE) and "type" in value and "location" not in value:
                out["readOnly"] = True
            item = sentence(item)
            if item:
                out[key] = item
            continue
        out[key] = clean(item)
    return out


def closure(roots, shapes, key):
    """The shapes that `roots` reach within the depth limit; deeper references lose their target and keep their name."""
    out, pending = {}, [(name, 0) for name in roots]
    while pending:
        name, level = pending.pop(0)
        if name in out:
            continue
        shape = clean(shapes[name])
        if level >= DEPTH_MAX:
            shape = cut(shape, key)
        out[name] = shape
        pending += [(inner, level + 1) for inner in references(shape, key)]
    return dict(sorted(out.items()))


def cut(value, key):
    if isinstance(value, list):
        return [cut(v, key) for v in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get(key), str):
        return {"type": "object", **{k: v for k, v in value.items() if k != key}}
    return {k: cut(v, key) for k, v in value.items()}


# --- AWS -----------------------------------------------------------------------------------------------------------------


def reduce_aws(document, wanted):
    keep = ("apiVersion", "endpointPrefix", "jsonVersion", "protocol", "serviceAbbreviation", "serviceFullName", "serviceId", "targetPrefix", "uid")
    metadata = {k: document["metadata"][k] for k in keep if k in document["metadata"]}
    operations = {}
    for name in sorted(wanted):
        source = document["operations"][name]
        operation = {k: source[k] for k in ("name", "http", "input", "output", "errors") if k in source}
        operation["documentation"] = sentence(source.get("documentation"))
        operations[name] = clean(operation)
    shapes = aws_closure(references(operations, "shape"), document["shapes"])
    return {"version": document["version"], "metadata": metadata, "operations": operations, "shapes": shapes}


def aws_closure(roots, shapes):
    """As `closure`; past the depth limit only simple shapes follow, so that every reference stays valid."""
    out, pending = {}, [(name, 0) for name in roots]
    while pending:
        name, level = pending.pop(0)
        if name in out:
            continue
        shape = clean(shapes[name])
        if shape["type"] == "structure" and level > DEPTH_MAX:
            shape = {"type": "structure", "members": {}}
        out[name] = shape
        pending += [(inner, level + 1) for inner in references(shape, "shape")]
    return dict(sorted(out.items()))


if __name__ == "__main__":
    sys.exit(main())
