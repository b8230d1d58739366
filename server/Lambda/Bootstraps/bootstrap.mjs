// Runs one JavaScript handler against the Runtime API of its environment. Needs Node 18 or later and nothing else.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { format, types } from 'node:util';

const API = '/2018-06-01/runtime';
let current = null; // the event that is worked on

class Fault extends Error {
  constructor(kind, message) {
    super(message);
    // Not to be listed: a log line shows what else an error carries.
    Object.defineProperty(this, 'name', { value: kind });
  }
}

// One connection that is kept; a request is one write. It keeps the process alive only while an answer is awaited, so
// that an empty event loop can be noticed while a handler runs.
class RuntimeApi {
  constructor(address) {
    this.address = address;
    this.socket = null;
  }

  async request(method, target, body = '', headers = {}) {
    const content = Buffer.from(body);
    let head = `${method} ${API}${target} HTTP/1.1\r\nHost: ${this.address}\r\n`;
    for (const [name, value] of Object.entries(headers)) {
      head += `${name}: ${value}\r\n`;
    }
    if (method !== 'GET') {
      head += `Content-Type: application/json\r\nContent-Length: ${content.length}\r\n`;
    }
    return new Promise((resolve, reject) => {
      const socket = this.open();
      this.waiting = { resolve, reject };
      socket.ref();
      socket.write(Buffer.concat([Buffer.from(head + '\r\n', 'latin1'), content]));
    });
  }

  open() {
    if (this.socket !== null) {
      return this.socket;
    }
    const [host, port] = this.address.split(':');
    const socket = connect({ host, port: Number(port), noDelay: true });
    this.parts = [];
    this.size = 0;
    socket.setNoDelay(true);
    socket.on('data', part => this.read(part));
    socket.on('error', error => this.lose(error));
    socket.on('close', () => this.lose(new Error('The Runtime API closed the connection')));
    this.socket = socket;
    return socket;
  }

  lose(error) {
    this.socket = null;
    this.waiting?.reject(error);
    this.waiting = null;
  }

  read(part) {
    this.parts.push(part);
    this.size += part.length;
    if (this.expected !== undefined && this.size < this.expected) {
      return;
    }
    const bytes = this.parts.length === 1 ? part : Buffer.concat(this.parts);
    this.parts = [bytes];
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) {
      return;
    }
    const lines = bytes.toString('latin1', 0, end).split('\r\n');
    const fields = {};
    for (const line of lines.slice(1)) {
      const colon = line.indexOf(':');
      fields[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
    }
    this.expected = end + 4 + Number(fields['content-length'] ?? 0);
    if (this.size < this.expected) {
      return;
    }
    const answer = { status: Number(lines[0].split(' ')[1]), fields, body: bytes.toString('utf8', end + 4, this.expected) };
    this.parts = [];
    this.size = 0;
    this.expected = undefined;
    this.socket.unref();
    const { resolve } = this.waiting;
    this.waiting = null;
    resolve(answer);
  }
}

const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);

function setUpConsole() {
  // Without any value it says undefined, as that of AWS does.
  const emit = (level, [first, ...others]) => {
    const message = format(first, ...others).replace(/\n/g, '\r');
    process.stdout.write(`${new Date().toISOString()}\t${current?.id}\t${level}\t${message}\n`);
  };
  console.log = (...values) => emit('INFO', values);
  console.info = (...values) => emit('INFO', values);
  console.debug = (...values) => emit('DEBUG', values);
  console.warn = (...values) => emit('WARN', values);
  console.error = (...values) => emit('ERROR', values);
  console.trace = (...values) => emit('TRACE', values);
  console.fatal = (...values) => emit('FATAL', values);
}

// What has the parts of an error counts as one, from whichever realm or library it is.
function isError(value) {
  return types.isNativeError(value)
    || [value?.name, value?.message, value?.stack].every(part => typeof part === 'string' && part !== '');
}

function errorBody(error) {
  try {
    if (isError(error)) {
      const clean = text => text?.replaceAll('\x7f', '%7F');
      return { errorType: clean(error.name), errorMessage: clean(error.message), trace: clean(error.stack).split('\n') };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

// May throw, for what has no text.
function asError(value) {
  return value instanceof Error ? value : new Error(value);
}

function logError(title, error) {
  const parts = value => (value instanceof Error
    ? { errorType: value.name, errorMessage: value.message, code: value.code, ...value, stack: value.stack?.split('\n') }
    : value);
  let text;
  try {
    text = JSON.stringify(asError(error), (_, value) => parts(value));
  } catch {
    text = JSON.stringify(errorBody(error));
  }
  console.error(title, `\t${text}`);
}

function errorHeader(body) {
  return { 'Lambda-Runtime-Function-Error-Type': String(body.errorType).replace(/[^\x20-\x7e]/g, '?') };
}

async function post(target, text, headers) {
  // A refusal, of an answer that is too large, has reached the caller already.
  await api.request('POST', target, text, headers);
}

// Tells of what nobody caught, and ends the process: its state is unknown.
async function failAndExit(title, error, code) {
  logError(title, error);
  const body = errorBody(error);
  const target = current === null ? '/init/error' : `/invocation/${current.id}/error`;
  // The connection may just wait for an event, and then nobody is there to be told.
  const told = api.waiting ? null : post(target, JSON.stringify(body), errorHeader(body));
  api.request = () => new Promise(() => {}); // the last word: what the rest of the process has to say is not sent
  if (told) {
    try {
      await told;
    } catch {
      // The Runtime API is gone, and so is whom this was for.
    }
  }
  process.exit(code);
}

function setUpLastResorts() {
  process.on('uncaughtException', error => failAndExit('Uncaught Exception', error, 129));
  process.on('unhandledRejection', (reason, promise) => {
    const error = new Fault('Runtime.UnhandledPromiseRejection', String(reason));
    failAndExit('Unhandled Promise Rejection', Object.assign(error, { reason, promise }), 128);
  });
  process.on('beforeExit', () => current?.onEmptyLoop());
}

// A .js file is what the nearest package.json says.
function isModule(file) {
  if (file.endsWith('.mjs')) {
    return true;
  }
  if (file.endsWith('.cjs')) {
    return false;
  }
  for (let directory = path.dirname(file); ; directory = path.dirname(directory)) {
    const description = path.join(directory, 'package.json');
    if (existsSync(description)) {
      try {
        return JSON.parse(readFileSync(description, 'utf8')).type === 'module';
      } catch {
        return false;
      }
    }
    if (directory === path.dirname(directory) || path.basename(directory) === 'node_modules') {
      return false;
    }
  }
}

async function loadModule(root, name) {
  const whole = path.resolve(root, name);
  const file = [whole + '.js', whole + '.mjs', whole + '.cjs'].find(candidate => existsSync(candidate));
  const require = createRequire(import.meta.url);
  try {
    if (file === undefined) {
      return require(existsSync(whole) ? whole : require.resolve(name, { paths: [root] }));
    }
    return isModule(file) ? await import(pathToFileURL(file).href) : require(file);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new Fault('Runtime.UserCodeSyntaxError', String(error));
    }
    if (error?.code === 'MODULE_NOT_FOUND') {
      throw new Fault('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
}

async function loadHandler(root, name) {
  if (name.includes('..')) {
    throw new Fault(
      'Runtime.MalformedHandlerName',
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const parts = path.basename(name).match(/^([^.]*)\.(.*)$/);
  if (parts === null) {
    throw new Fault('Runtime.MalformedHandlerName', 'Bad handler');
  }
  const directory = name.slice(0, name.length - path.basename(name).length);
  const module = await loadModule(root, directory + parts[1]);
  const find = from => parts[2].split('.').reduce((value, key) => value?.[key], from);
  const handler = find(module) ?? find(module.default);
  if (handler === undefined || handler === null) {
    throw new Fault('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof handler !== 'function') {
    throw new Fault('Runtime.HandlerNotFound', `${name} is not a function`);
  }
  return handler;
}

function contextOf(fields, call) {
  const deadline = Number(fields['lambda-runtime-deadline-ms']);
  const parse = (text, name) => {
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch (error) {
      throw new Error(`Cannot parse ${name} as json: ${error}`);
    }
  };
  return {
    get callbackWaitsForEmptyEventLoop() {
      return call.waitsForEmptyLoop;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      call.waitsForEmptyLoop = value;
    },
    succeed: value => call.succeed(value),
    fail: error => call.fail(error),
    done: (error, value) => (error === undefined || error === null ? call.succeed(value) : call.fail(error)),
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse(fields['lambda-runtime-client-context'], 'ClientContext'),
    identity: parse(fields['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: fields['lambda-runtime-invoked-function-arn'],
    awsRequestId: call.id,
    tenantId: fields['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// The first outcome counts. That of a callback is given once the event loop is empty, unless the handler says otherwise;
// a loop that is empty without any outcome means null.
class Call {
  constructor(id) {
    this.id = id;
    this.waitsForEmptyLoop = true;
    this.over = new Promise(resolve => { this.finish = resolve; });
    this.isDecided = false;
    this.atEmptyLoop = () => this.succeed();
  }

  decide(give) {
    if (!this.isDecided) {
      this.isDecided = true;
      this.atEmptyLoop = null;
      give();
    }
  }

  succeed(value) {
    this.decide(() => this.give(value));
  }

  fail(error) {
    this.decide(() => this.refuse(error ?? 'handled'));
  }

  callback(error, value) {
    if (error !== undefined && error !== null) {
      this.fail(error);
    } else if (!this.waitsForEmptyLoop) {
      this.succeed(value);
    } else {
      this.decide(() => { this.atEmptyLoop = () => this.give(value); });
    }
  }

  onEmptyLoop() {
    const give = this.atEmptyLoop;
    this.atEmptyLoop = null;
    give?.();
  }

  async give(value) {
    let text;
    try {
      text = JSON.stringify(value === undefined ? null : value);
    } catch {
      await this.refuse(new Error('Unable to stringify response body'));
      return;
    }
    if (text === undefined) {
      await this.refuse(new TypeError('Wrong arguments')); // a function or a symbol
      return;
    }
    await post(`/invocation/${this.id}/response`, text);
    this.finish();
  }

  async refuse(error) {
    let cause = error;
    try {
      asError(error);
    } catch (failure) {
      cause = failure;
    }
    logError('Invoke Error', cause);
    const body = errorBody(cause);
    await post(`/invocation/${this.id}/error`, JSON.stringify(body), errorHeader(body));
    this.finish();
  }
}

// The handler is called as a method, as that of AWS is: a trace shows it.
async function runOne(runtime, fields, payload) {
  const call = new Call(fields['lambda-runtime-aws-request-id']);
  current = call;
  if (fields['lambda-runtime-trace-id']) {
    process.env._X_AMZN_TRACE_ID = fields['lambda-runtime-trace-id'];
  } else {
    delete process.env._X_AMZN_TRACE_ID;
  }
  try {
    const result = runtime.handler(JSON.parse(payload), contextOf(fields, call), (error, value) => call.callback(error, value));
    if (typeof result?.then === 'function') {
      result.then(value => call.succeed(value), error => call.fail(error));
    }
  } catch (error) {
    call.callback(error);
  }
  await call.over;
}

async function main() {
  setUpConsole();
  setUpLastResorts();
  const runtime = {};
  try {
    runtime.handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    await failAndExit('Uncaught Exception', error, 1);
  }
  // A rejection that the module left to nobody is told before the first event is asked for.
  await new Promise(resolve => { setImmediate(resolve); });
  for (;;) {
    const { status, fields, body } = await api.request('GET', '/invocation/next');
    if (status !== 200) {
      process.exit(1);
    }
    await runOne(runtime, fields, body);
  }
}

main();
