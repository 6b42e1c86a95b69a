// Shows films (see film.py) moment by moment. Everything a recording holds is put into the page as text.
const { films, start } = JSON.parse(document.getElementById('data').textContent);
const $ = (id) => document.getElementById(id);
const last = Math.max(...films.map((film) => film.moments.length)) - 1;
const open = new Set(['state', 'result', 'chunk']); // the paths of the branches that are open
let now = 0;

// ---- values: see values.py for what stands for what

class Values {
  constructor(film) {
    this.film = film;
    this.whole = new Map();
  }

  members(number) {
    const chain = [];
    let at = number;
    while (!this.whole.has(at)) {
      const [, base] = this.film.nodes[at];
      chain.push(at);
      if (base < 0) break;
      at = base;
    }
    let members = this.whole.get(at) ?? {};
    for (const one of chain.reverse()) {
      const changes = this.film.nodes[one][2];
      members = Array.isArray(changes) ? { ...changes } : { ...members, ...changes };
      for (const name in changes) if (changes[name] === null) delete members[name];
      if (this.whole.size > 5000) this.whole.clear();
      this.whole.set(one, members);
    }
    return members;
  }

  kind(ref) {
    return typeof ref === 'number' ? this.film.nodes[ref][0] : null;
  }

  plain(ref) {
    if (typeof ref === 'string' || ref === undefined) return ref;
    if (Array.isArray(ref)) return ref.length === 1 ? ref[0] : this.film.texts[ref[0]].slice(0, ref[1]);
    const members = this.members(ref);
    return this.kind(ref) === 'list' ? Object.values(members).map((one) => this.plain(one))
      : Object.fromEntries(Object.entries(members).map(([name, one]) => [name, this.plain(one)]));
  }

  field(ref, name) {
    return ref === undefined || typeof ref !== 'number' ? undefined : this.members(ref)[name];
  }
}

const same = (one, other) => one === other || (Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((each, at) => each === other[at]));

// ---- elements

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const SHORTENED = 160;
const shortened = (text) => (text.length > SHORTENED ? `${text.slice(0, SHORTENED)}… (${text.length.toLocaleString('en')} characters)` : text);

function brief(values, ref) {
  if (typeof ref === 'number') {
    const kind = values.kind(ref), count = Object.keys(values.members(ref)).length;
    return kind === 'list' ? `[${count}]` : kind === '' ? `{${count}}` : kind;
  }
  const plain = values.plain(ref);
  return typeof plain === 'string' ? JSON.stringify(shortened(plain)) : String(plain);
}

function branch(values, name, ref, before, path) {
  const changed = before !== undefined && !same(ref, before);
  const item = element('li', changed ? { class: 'changed' } : {});
  const label = element('span', { class: 'name' }, name);
  const told = element('span', {}, `: ${brief(values, ref)}`);
  if (changed) label.append(element('span', { class: 'hidden' }, ' (changed)'));
  const plain = typeof ref === 'number' ? null : values.plain(ref);
  const isLong = typeof plain === 'string' && plain.length > SHORTENED;
  if (typeof ref !== 'number' && !isLong) {
    item.append(label, told);
    return item;
  }
  const details = element('details');
  details.append(element('summary', {}, label, told));
  const fill = () => {
    if (details.childElementCount > 1) return;
    if (isLong) {
      details.append(element('pre', {}, plain));
      return;
    }
    const list = element('ul');
    const earlier = typeof before === 'number' ? values.members(before) : null;
    for (const [key, one] of Object.entries(values.members(ref))) {
      if (path.startsWith('chunk') && Array.isArray(one) && one.length === 1 && one[0] === null) continue; // most members of a chunk are absent
      list.append(branch(values, key, one, before === undefined ? undefined : (earlier?.[key] ?? null), `${path}.${key}`));
    }
    details.append(list);
  };
  details.addEventListener('toggle', () => {
    if (details.open) {
      open.add(path);
      fill();
    } else open.delete(path);
  });
  if (open.has(path)) {
    fill();
    details.open = true;
  }
  item.append(details);
  return item;
}

const tree = (values, name, ref, before) => element('ul', { class: 'tree' }, branch(values, name, ref, before, name));

function section(film, title, ...children) {
  const id = `${title.toLowerCase().replaceAll(' ', '-')}-${films.indexOf(film)}`;
  return element('section', { 'aria-labelledby': id }, element('h2', { id }, title), ...children);
}

// ---- what a moment shows

const CLASSES = { assistant_message: 'text', refusal_message: 'text', reasoning_message: 'reasoning', tool_call_message: 'call', approval_request_message: 'call', tool_call_closed: 'call' };
const TYPES = { AssistantMessage: 'assistant_message', RefusalMessage: 'refusal_message', ReasoningMessage: 'reasoning_message', HiddenReasoningMessage: 'hidden_reasoning_message', ToolCallMessage: 'tool_call_message', ApprovalRequestMessage: 'approval_request_message', ServerToolMessage: 'server_tool_message', AnnotationMessage: 'annotation_message', ToolCallClosed: 'tool_call_closed', StopReason: 'stop_reason' };

function said(values, ref) {
  const message = values.plain(ref);
  const call = message.tool_call;
  if (call) return [call.name, call.arguments].filter((one) => one !== null && one !== undefined).join(' ') + `  (${call.tool_call_id})`;
  for (const name of ['content', 'reasoning', 'refusal', 'stop_reason']) if (typeof message[name] === 'string') return message[name] + (message.detail ? `: ${message.detail}` : '');
  if (message.tool_call_id) return `${message.tool_call_id}: ${message.doubts.length ? `not to be run: ${message.doubts.map((one) => one.doubt).join(', ')}` : 'safe to run'}`;
  const { id, otid, run_id, step_id, ...rest } = message;
  return JSON.stringify(rest);
}

function messages(values, moment) {
  if (!moment.says.length) return [element('p', { class: 'soft' }, 'Nothing was said.')];
  return moment.says.map((ref) => {
    const type = TYPES[values.kind(ref)] ?? values.kind(ref), otid = values.plain(values.field(ref, 'otid'));
    return element('div', { class: `message ${CLASSES[type] ?? ''}` },
      element('p', { class: 'soft' }, otid ? `${type}, otid ${otid}` : type),
      element('p', {}, said(values, ref)));
  });
}

function list(values, ref) {
  return ref === undefined ? [] : Object.values(values.members(ref));
}

function result(values, moment) {
  const ref = moment.result, shown = [];
  const facts = element('table');
  const fact = (name, text, bad = false) => text && facts.append(element('tr', {}, element('th', { scope: 'row' }, name), element('td', bad ? { class: 'bad' } : {}, text)));
  fact('outcome', values.plain(values.field(ref, 'outcome')));
  fact('finish reason', values.plain(values.field(ref, 'finish_reason')));
  fact('model', values.plain(values.field(ref, 'model')));
  const error = values.field(ref, 'error');
  if (typeof error === 'number') fact('error', `${values.plain(values.field(error, 'message'))} (${values.plain(values.field(error, 'category'))})`, true);
  const usage = values.plain(values.field(ref, 'usage')) ?? {};
  const counts = Object.entries(usage).filter(([, count]) => typeof count === 'number').map(([name, count]) => `${name.replaceAll('_', ' ')} ${count.toLocaleString('en')}`);
  fact('usage', counts.length ? `${counts.join(', ')} (${usage.source})` : usage.source);
  shown.push(facts);
  for (const item of list(values, values.field(ref, 'output'))) {
    for (const part of list(values, values.field(item, 'parts'))) {
      const plain = values.plain(part);
      const text = plain.text ?? plain.reasoning ?? plain.refusal ?? (plain.summary ? plain.summary.map((one) => one.text).join('\n\n') : JSON.stringify(plain));
      shown.push(element('h3', {}, values.kind(part)), element('pre', {}, text));
    }
    const call = values.field(item, 'call');
    if (typeof call !== 'number') continue;
    const plain = values.plain(call);
    shown.push(element('h3', {}, `call ${plain.name || '(no name yet)'}, ${plain.id}`), ...(plain.arguments ? [element('pre', {}, plain.arguments)] : []));
    if (!plain.doubts.length) shown.push(element('p', {}, 'Complete: safe to run.'));
    else shown.push(element('ul', { class: 'notes bad' }, ...plain.doubts.map((one) => element('li', {}, one.detail ? `${one.doubt}: ${one.detail}` : one.doubt))));
  }
  return shown;
}

function diagnostics(values, moment) {
  const all = list(values, values.field(moment.result, 'diagnostics')).map((ref) => values.plain(ref));
  if (!all.length) return [element('p', { class: 'soft' }, 'None.')];
  return [element('ul', { class: 'notes' }, ...all.map((one) => element('li', {}, `${one.kind}: ${one.detail}${one.count > 1 ? ` (${one.count} times)` : ''}`)))];
}

function shown(film, values) {
  const place = Math.min(now, film.moments.length - 1), moment = film.moments[place], before = film.moments[place - 1];
  const what = moment.kind === 'end' ? 'The end of the stream.' : place === 0 ? 'Before the first chunk.' : null;
  const wire = what ? element('p', { class: 'soft' }, what) : element('pre', {}, values.plain(moment.frame));
  const came = [section(film, 'Wire', wire)];
  if (moment.notes.length) came[0].append(element('h3', {}, 'New notes'), element('ul', { class: 'notes' }, ...moment.notes.map((one) => element('li', one.bad ? { class: 'bad' } : {}, one.text))));
  if (moment.chunk !== undefined) came.push(section(film, 'Chunk', tree(values, 'chunk', moment.chunk)));
  came.push(section(film, 'State', tree(values, 'state', moment.state, before?.state)));
  const made = [section(film, 'Messages', ...messages(values, moment)), section(film, 'Result so far', ...result(values, moment)), section(film, 'Diagnostics', ...diagnostics(values, moment))];
  const columns = [element('div', {}, ...came), element('div', {}, ...made)];
  return films.length > 1 ? [element('h2', {}, film.title), ...columns] : columns;
}

const tables = films.map((film) => new Values(film));

function show() {
  films.forEach((film, at) => {
    const column = $('films').children[at];
    const scrolled = [...column.querySelectorAll('.tree')].map((one) => one.scrollTop);
    column.replaceChildren(...shown(film, tables[at]));
    column.querySelectorAll('.tree').forEach((one, number) => { one.scrollTop = scrolled[number] ?? 0; });
  });
  const moment = films[0].moments[Math.min(now, films[0].moments.length - 1)];
  const at = moment.at === undefined ? '' : `, ${moment.at.toFixed(3)} s`;
  const place = now === 0 ? 'Before the first chunk' : now === last ? 'The end' : `Chunk ${now} of ${last - 1}`;
  $('place').value = place + at;
  $('slider').value = now;
  $('slider').setAttribute('aria-valuetext', place + at);
  draw();
}

function go(place, written = true) {
  now = Math.max(0, Math.min(last, place));
  show();
  if (written) history.replaceState(null, '', `#${now}`);
}

// ---- the time line

const isFault = (moment) => moment.notes.some((one) => one.bad);
const COLOURS = { text: '--text', reasoning: '--reasoning', call: '--call' };

function draw() {
  const canvas = $('ticks'), width = canvas.clientWidth, height = canvas.clientHeight, ratio = devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext('2d'), style = getComputedStyle(document.documentElement);
  pen.scale(ratio, ratio);
  const film = films[0], times = film.moments.map((moment) => moment.at), end = times.reduce((latest, one) => Math.max(latest, one ?? 0), 0);
  film.moments.forEach((moment, at) => {
    const x = 8 + (width - 16) * (end > 0 ? (times[at] ?? (at === 0 ? 0 : end)) / end : at / Math.max(1, last));
    const type = moment.types[0];
    const bad = isFault(moment);
    pen.fillStyle = style.getPropertyValue(bad ? '--bad' : COLOURS[CLASSES[type]] ?? '--line');
    pen.fillRect(x, bad ? 2 : 10, at === now ? 3 : 1, bad ? height - 8 : height - 16);
    if (at === now) pen.fillRect(x - 3, height - 5, 9, 4);
  });
}

// ---- search

function texts() {
  return films.flatMap((film, at) => film.moments.map((moment, place) => {
    const values = tables[at];
    return [place, `${moment.frame === undefined ? '' : values.plain(moment.frame)}\n${moment.says.map((ref) => said(values, ref)).join('\n')}\n${moment.notes.map((one) => one.text).join('\n')}`.toLowerCase()];
  }));
}

let indexed = null;

function matches() {
  const words = $('words').value.trim().toLowerCase(), [kind, name] = $('filter').value.split(/:(.*)/s);
  indexed ??= texts();
  const places = new Set(words ? indexed.filter(([, text]) => text.includes(words)).map(([place]) => place) : indexed.map(([place]) => place));
  const passes = (moment, values) => kind === 'all' || (kind === 'notes' && moment.notes.length > 0) || (kind === 'type' && moment.types.includes(name))
    || (kind === 'call' && moment.says.some((ref) => values.plain(values.field(values.field(ref, 'tool_call'), 'tool_call_id') ?? values.field(ref, 'tool_call_id')) === name));
  const kept = new Set(films.flatMap((film, at) => film.moments.flatMap((moment, place) => (passes(moment, tables[at]) ? [place] : []))));
  return [...places].filter((place) => kept.has(place)).sort((one, other) => one - other);
}

function find(step, from = now) {
  const found = matches();
  const ahead = step > 0 ? found.find((place) => place > from) ?? found[0] : found.findLast((place) => place < from) ?? found.at(-1);
  $('found').value = found.length === 0 ? 'nothing found' : `${found.indexOf(ahead) + 1} of ${found.length.toLocaleString('en')}`;
  if (ahead !== undefined) go(ahead);
}

function fillFilter() {
  const types = new Set(), calls = new Map();
  films.forEach((film, at) => film.moments.forEach((moment) => {
    moment.types.forEach((type) => types.add(type));
    for (const ref of moment.says) {
      const call = tables[at].field(ref, 'tool_call');
      const id = call === undefined ? undefined : tables[at].plain(tables[at].field(call, 'tool_call_id'));
      if (id && !calls.get(id)) calls.set(id, tables[at].plain(tables[at].field(call, 'name')));
    }
  }));
  const options = [['all', 'every chunk'], ['notes', 'chunks with notes'], ...[...types].sort().map((type) => [`type:${type}`, type]), ...[...calls].map(([id, name]) => [`call:${id}`, `call ${name ?? ''} ${id}`])];
  $('filter').append(...options.map(([value, text]) => element('option', { value }, text)));
}

// ---- the page

$('films').className = films.length > 1 ? 'two' : '';
$('films').append(...films.map((film) => element('div', { class: 'film' })));
$('about').textContent = films.map((film) => `${film.wire}, ${(film.moments.length - 2).toLocaleString('en')} chunks, ${film.outcome}`).join('; ');
$('slider').max = last;
$('slider').addEventListener('input', () => go(Number($('slider').value)));
$('first').addEventListener('click', () => go(0));
$('back').addEventListener('click', () => go(now - 1));
$('on').addEventListener('click', () => go(now + 1));
$('last').addEventListener('click', () => go(last));
const nextFault = () => {
  const faults = [...new Set(films.flatMap((film) => film.moments.flatMap((moment, place) => (isFault(moment) ? [place] : []))))].sort((one, other) => one - other);
  const ahead = faults.find((place) => place > now) ?? faults[0];
  $('found').value = ahead === undefined ? 'no faults' : `fault ${faults.indexOf(ahead) + 1} of ${faults.length}`;
  if (ahead !== undefined) go(ahead);
};
$('fault').addEventListener('click', nextFault);
if (start !== null) {
  $('difference').hidden = false;
  $('difference').addEventListener('click', () => go(start));
}
$('finder').addEventListener('submit', (event) => { event.preventDefault(); find(1); });
$('previous').addEventListener('click', () => find(-1));
for (const id of ['words', 'filter']) $(id).addEventListener(id === 'words' ? 'input' : 'change', () => { if ($('words').value || $('filter').value !== 'all') find(1, now - 1); else $('found').value = ''; });
addEventListener('keydown', (event) => {
  const typing = ['INPUT', 'SELECT', 'TEXTAREA'].includes(event.target.tagName) && event.target.type !== 'range';
  if (event.key === 'Escape' && typing) event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  const moves = { ArrowLeft: () => go(now - 1), ArrowRight: () => go(now + 1), Home: () => go(0), End: () => go(last), '/': () => $('words').focus(), n: nextFault };
  if (moves[event.key] === undefined) return;
  event.preventDefault();
  moves[event.key]();
});
addEventListener('hashchange', () => go(Number(location.hash.slice(1)) || 0, false));
addEventListener('resize', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
fillFilter();
const linked = /^#\d+$/.test(location.hash) ? Number(location.hash.slice(1)) : (start ?? 0);
go(linked, false);
