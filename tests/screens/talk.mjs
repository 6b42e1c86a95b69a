// A conversation of a real client with a server. The job is the argument: JSON {client, url, script}; what the client has at
// the end comes out as JSON. `client` is a name of the AI SDK in package.json, or "agui". The scripts: "turn"; "allow" and
// "refuse", for a server that asks; "join", where a second client comes in the middle; and "stop".
const { client, url, script } = JSON.parse(process.argv[1]);
const VERSIONS = { ai5: 5, ai6: 6, ai7first: 7, ai7: 7 };
const user = { id: 'user-1', role: 'user', content: 'Will it rain?' };

async function until(condition) {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function talkByAiSdk(sdk) {
  class Messages {
    status = 'ready';
    messages = [];
    pushMessage(message) { this.messages = [...this.messages, message]; }
    popMessage() { this.messages = this.messages.slice(0, -1); }
    replaceMessage(at, message) { this.messages = this.messages.with(at, structuredClone(message)); }
    snapshot(value) { return structuredClone(value); }
  }
  class Chat extends sdk.AbstractChat {}
  const errors = [];
  const chat = () => new Chat({
    id: 'chat-1',
    state: new Messages(),
    transport: new sdk.DefaultChatTransport({
      api: `${url}/vercel?version=${VERSIONS[client]}`,
      prepareReconnectToStreamRequest: ({ id }) => ({ api: `${url}/vercel/${id}/stream` }),
    }),
    sendAutomaticallyWhen: sdk.lastAssistantMessageIsCompleteWithApprovalResponses,
    onError: (error) => errors.push(String(error)),
  });
  const parts = (one) => one.messages.findLast(({ role }) => role === 'assistant')?.parts ?? [];
  const first = chat();
  const turn = first.sendMessage({ text: user.content });
  let shown = first;
  if (script === 'join' || script === 'stop') {
    await until(() => parts(first).some((part) => part.text));
    if (script === 'stop') await fetch(`${url}/vercel/chat-1/stop`, { method: 'POST' });
    else await (shown = chat()).resumeStream();
  }
  await turn;
  const asked = parts(first).find((part) => part.state === 'approval-requested');
  if (asked !== undefined && script !== 'turn') {
    await first.addToolApprovalResponse({ id: asked.approval.id, approved: script === 'allow' });
    await until(() => first.status === 'ready' && parts(first).some((part) => part.text === 'It rains.'));
  }
  const late = chat();
  await late.resumeStream();
  return { errors, shown: parts(shown), kept: parts(first), late: late.messages };
}

async function talkByAgui({ HttpAgent }) {
  const errors = [];
  const agent = (messages) => {
    const made = new HttpAgent({ url: `${url}/agui`, threadId: 'thread-1' });
    made.messages = messages;
    return made;
  };
  const run = (one, asked) => one.runAgent(asked, {
    onRunErrorEvent: ({ event }) => { errors.push(event.message); },
    onRunFailed: ({ error }) => { errors.push(String(error)); },
  });
  const first = agent([user]);
  const turn = run(first, { runId: 'run-1' });
  let shown = first;
  if (script === 'join' || script === 'stop') {
    await until(() => first.messages.some((message) => message.role === 'assistant' && message.content));
    if (script === 'stop') await fetch(`${url}/agui/thread-1/stop`, { method: 'POST' });
    else await run((shown = agent(structuredClone(first.messages))), { runId: 'run-1' });
  }
  await turn;
  const asked = first.pendingInterrupts ?? [];
  if (asked.length && script !== 'turn') {
    const payload = { approved: script === 'allow' };
    await run(first, { runId: 'run-2', resume: asked.map(({ id }) => ({ interruptId: id, status: 'resolved', payload })) });
  }
  return { errors, shown: shown.messages, kept: first.messages, asked: (first.pendingInterrupts ?? []).length };
}

console.error = console.warn = () => {}; // the clients log what went wrong
const library = await import(client === 'agui' ? '@ag-ui/client' : client);
const answer = await (client === 'agui' ? talkByAgui(library) : talkByAiSdk(library));
process.stdout.write(JSON.stringify(answer));
