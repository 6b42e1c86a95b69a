// Bodies of event streams, read by the real clients: JSON lines {client, body, known} in, JSON lines {error} or what the
// client has at the end out, in the same order. `client` is a name of the AI SDK in package.json, or "agui"; `known` are
// messages that AG-UI's has already.
import { createInterface } from 'node:readline';
import { HttpAgent, enforceEvents, transformChunks, verifyEvents } from '@ag-ui/client';
import { from, lastValueFrom, toArray } from 'rxjs';

const sdks = {};

async function readByAiSdk(name, body) {
  const sdk = (sdks[name] ??= await import(name));
  const headers = { 'content-type': 'text/event-stream', 'x-vercel-ai-ui-message-stream': 'v1' };
  const transport = new sdk.DefaultChatTransport({ api: 'http://local/chat', fetch: async () => new Response(body, { headers }) });
  const question = { id: 'user-1', role: 'user', parts: [{ type: 'text', text: 'Hi' }] };
  const request = { chatId: 'chat-1', trigger: 'submit-message', messageId: undefined, abortSignal: undefined };
  const chunks = [];
  const kept = new TransformStream({ transform: (chunk, out) => { chunks.push(chunk); out.enqueue(chunk); } });
  const stream = (await transport.sendMessages({ ...request, messages: [question] })).pipeThrough(kept);
  const errors = [];
  let message = null;
  for await (const one of sdk.readUIMessageStream({ stream, onError: (error) => errors.push(String(error?.message ?? error)) })) message = one;
  const said = chunks.filter((chunk) => chunk.type === 'error').map((chunk) => chunk.errorText);
  const broken = errors.find((error) => !said.includes(error));
  return broken === undefined ? { message, said } : { error: broken };
}

async function readByAgui(body, known) {
  const events = body.split('\n\n').filter(Boolean).map((block) => JSON.parse(block.slice('data: '.length)));
  await lastValueFrom(from(events).pipe(enforceEvents(), transformChunks(), verifyEvents(), toArray()));
  const headers = { 'content-type': 'text/event-stream' };
  const agent = new HttpAgent({ url: 'http://local/run', threadId: 'thread-1', fetch: async () => new Response(body, { headers }) });
  agent.messages = [{ id: 'user-1', role: 'user', content: 'Hi' }, ...known];
  let failed = null, finished = null;
  await agent.runAgent({ runId: 'run-1' }, {
    onRunErrorEvent: ({ event }) => { failed = event; },
    onRunFinishedEvent: ({ event }) => { finished = event; },
  });
  return { messages: agent.messages.slice(1), failed, finished, interrupts: agent.pendingInterrupts ?? [] };
}

console.error = console.warn = () => {}; // the clients log what a body says went wrong
for await (const line of createInterface({ input: process.stdin })) {
  const { client, body, known = [] } = JSON.parse(line);
  let answer;
  try {
    answer = client === 'agui' ? await readByAgui(body, known) : await readByAiSdk(client, body);
  } catch (error) {
    answer = { error: `${error?.name}: ${error?.message}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
