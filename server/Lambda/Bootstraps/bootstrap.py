"""Runs one Python handler against the Runtime API of its environment. Needs Python 3.8 or later and nothing else."""

import decimal
import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback

API_VERSION = "/2018-06-01/runtime"
request_id = ""


class Fault(Exception):
    """A handler that cannot be used: becomes the error of the init."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.message, self.trace = kind, message, list(trace)


class RuntimeApi:
    """One connection that is kept; a request is one write, so that no packet waits for another's acknowledgement."""

    def __init__(self, address):
        self.address = address
        self.socket = None

    def request(self, method, path, body=b"", headers=()):
        # Another try only where nothing is repeated by it: the event of a lost /next is offered again.
        for last in (False, True):
            try:
                return self._send(method, path, body, headers)
            except OSError:
                self.socket = None
                if last or method != "GET":
                    raise

    def _send(self, method, path, body, headers):
        if self.socket is None:
            host, port = self.address.rsplit(":", 1)
            self.socket = socket.create_connection((host, int(port)))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.reader = self.socket.makefile("rb")
        lines = ["%s %s%s HTTP/1.1" % (method, API_VERSION, path), "Host: " + self.address]
        lines.extend("%s: %s" % header for header in headers)
        if method != "GET":
            lines.append("Content-Type: application/json")
            lines.append("Content-Length: %d" % len(body))
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)
        status = self.reader.readline()
        if not status:
            raise ConnectionError("The Runtime API closed the connection")
        fields = {}
        while True:
            line = self.reader.readline().decode("latin-1").rstrip("\r\n")
            if not line:
                break
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        content = self.reader.read(int(fields.get("content-length", "0")))
        if fields.get("connection") == "close":
            self.socket.close()
            self.socket = None
        return int(status.split(b" ", 2)[1]), fields, content


class Identity:
    def __init__(self):
        self.cognito_identity_id = None
        self.cognito_identity_pool_id = None


class Client:
    def __init__(self, fields):
        for name in ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"):
            setattr(self, name, fields.get(name))


class ClientContext:
    def __init__(self, fields):
        self.client = Client(fields["client"]) if isinstance(fields.get("client"), dict) else None
        self.custom = fields.get("custom")
        self.env = fields.get("env")


class Context:
    """The second argument of a handler."""

    def __init__(self, fields):
        self.aws_request_id = fields["lambda-runtime-aws-request-id"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.invoked_function_arn = fields.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = fields.get("lambda-runtime-aws-tenant-id")
        self.identity = Identity()
        client = fields.get("lambda-runtime-client-context")
        self.client_context = ClientContext(json.loads(client)) if client else None
        self._deadline_ms = int(fields["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        shown = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
                 "function_version", "invoked_function_arn", "client_context", "identity")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in shown)


class LogFormatter(logging.Formatter):
    converter = time.gmtime

    def formatTime(self, record, datefmt=None):
        return "%s.%03dZ" % (time.strftime("%Y-%m-%dT%H:%M:%S", self.converter(record.created)), record.msecs)


class LogFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id
        return True


class LogHandler(logging.Handler):
    """Writes to what is standard output at that moment."""

    def emit(self, record):
        sys.stdout.write(self.format(record))


def set_up_logging():
    handler = LogHandler()
    handler.setFormatter(LogFormatter("[%(levelname)s]\t%(asctime)s\t%(aws_request_id)s\t%(message)s\n"))
    handler.addFilter(LogFilter())
    logging.getLogger().addHandler(handler)


def load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error))
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error))
    except SyntaxError as error:
        trace = ['  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)]
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name))


def own_frame(filename):
    return filename == __file__ or filename.startswith("<frozen importlib") or "/importlib/" in filename


def error_body(error, call_id):
    if isinstance(error, Fault):
        kind, message, trace = error.kind, error.message, error.trace
    else:
        frames = traceback.extract_tb(error.__traceback__)
        while frames and own_frame(frames[0].filename):
            frames.pop(0)
        kind, message, trace = type(error).__name__, str(error), traceback.format_list(frames)
    return {"errorMessage": message, "errorType": kind, "requestId": call_id, "stackTrace": trace}


def log_error(body):
    lines = ["[ERROR] %s: %s" % (body["errorType"], body["errorMessage"]) if body["errorMessage"]
             else "[ERROR] " + body["errorType"]]
    if body["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        for entry in body["stackTrace"]:
            lines.extend(line for line in entry.split("\n") if line)
    # One event of the log, whatever it shows: a carriage return does not end a line there.
    sys.stdout.write("\r".join(lines) + "\n")


def plain(value):
    if isinstance(value, decimal.Decimal):
        whole = int(value) if value.is_finite() and value == value.to_integral_value() else None
        return whole if whole is not None else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass


def fail(api, path, body):
    log_error(body)
    flush()
    api.request("POST", path, json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"),
                [("Lambda-Runtime-Function-Error-Type", body["errorType"].encode("ascii", "replace").decode("ascii"))])


def run_one(api, handler, fields, payload):
    global request_id
    request_id = fields["lambda-runtime-aws-request-id"]
    if "lambda-runtime-trace-id" in fields:
        os.environ["_X_AMZN_TRACE_ID"] = fields["lambda-runtime-trace-id"]
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    path = "/invocation/%s" % request_id
    try:
        try:
            event = json.loads(payload)
        except ValueError as error:
            raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error)
        result = handler(event, Context(fields))
        try:
            answer = json.dumps(result, ensure_ascii=False, default=plain).encode("utf-8", "surrogatepass")
        except Exception as error:
            raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error)
    except Exception as error:
        fail(api, path + "/error", error_body(error, request_id))
        return
    flush()
    # A refusal, of an answer that is too large, has reached the caller already.
    api.request("POST", path + "/response", answer)


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    # This directory may be on the path twice, as the script's own and by PYTHONPATH; the code's comes before all.
    if sys.path[0] == os.path.dirname(__file__):
        sys.path.pop(0)
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    set_up_logging()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        fail(api, "/init/error", error_body(error, ""))
        sys.exit(1)
    while True:
        status, fields, payload = api.request("GET", "/invocation/next")
        if status != 200:
            sys.exit("The Runtime API answered %d" % status)
        run_one(api, handler, fields, payload)


if __name__ == "__main__":
    main()
