// What a moment shows, as elements. Everything a recording holds is put into them as text.

const SHORTENED = 160;
const shortened = (text) => (text.length > SHORTENED ? `${text.slice(0, SHORTENED)}… (${text.length.toLocaleString('en')} characters)` : text);

const open = new Set(['state', 'chunk']); // the paths of the branches that are open

function brief(values, ref) {
  if (typeof ref === 'number') {
    const kind = values.kind(ref), count = Object.keys(values.members(ref)).length;
    return values.isList(ref) ? `[${count}]` : ['', 'layers'].includes(kind) ? `{${count}}` : kind;
  }
  const plain = values.plain(ref);
  return typeof plain === 'string' ? JSON.stringify(shortened(plain)) : String(plain);
}

const isJson = (kind) => ['', 'layers', 'list', 'rows'].includes(kind);
const isAbsent = (ref) => Array.isArray(ref) && ref.length === 1 && ref[0] === null;

function branch(values, name, ref, before, path) {
  const changed = before !== undefined && !same(ref, before);
  const item = element('li', { class: changed ? 'changed' : null, 'data-key': name });
  const label = element('span', { class: 'name' }, name);
  const told = element('span', {}, `: ${brief(values, ref)}`);
  if (changed) label.append(element('span', { class: 'hidden' }, ' (changed)'));
  const plain = typeof ref === 'number' ? null : values.plain(ref);
  const isLong = typeof plain === 'string' && plain.length > SHORTENED;
  if (typeof ref !== 'number' && !isLong) {
    item.append(label, told);
    return item;
  }
  const isOpen = open.has(path);
  const details = element('details', { 'data-path': path, open: isOpen ? '' : null }, element('summary', {}, label, told));
  if (isOpen && isLong) details.append(scrolling('pre', path, plain));
  else if (isOpen) {
    const earlier = typeof before === 'number' ? values.members(before) : null;
    const isOfChunk = path.startsWith('chunk') && !isJson(values.kind(ref)); // most members of a chunk are absent
    const members = Object.entries(values.members(ref)).filter(([, one]) => !(isOfChunk && isAbsent(one)));
    details.append(element('ul', {}, ...members.map(([key, one]) => branch(values, key, one, before === undefined ? undefined : (earlier?.[key] ?? null), `${path}.${key}`))));
  }
  item.append(details);
  return item;
}

// An element that may be too small for what it holds; its label is for who reaches it by the keyboard.
const scrolling = (name, label, ...children) => element(name, { 'data-scrolls': label }, ...children);

function tree(values, name, ref, before) {
  const made = scrolling('div', `${name}, as a tree`, element('ul', {}, branch(values, name, ref, before, name)));
  made.className = 'tree';
  return made;
}

// Of two films, each section is named by its film as well.
function section(film, title, ...children) {
  const at = films.indexOf(film), id = `${title.toLowerCase().replaceAll(' ', '-')}-${at}`;
  return element('section', { 'aria-labelledby': films.length > 1 ? `${id} film-${at}` : id, 'data-key': title }, element('h2', { id }, title), ...children);
}

function heading(film) {
  const at = films.indexOf(film), isAlone = films.every((other) => other === film || other.title !== film.title);
  return element('h2', { id: `film-${at}` }, isAlone ? film.title : `${film.title} (${at + 1})`);
}

const CLASSES = { assistant_message: 'text', refusal_message: 'text', reasoning_message: 'reasoning', tool_call_message: 'call', approval_request_message: 'call', tool_call_closed: 'call' };
const TYPES = { AssistantMessage: 'assistant_message', RefusalMessage: 'refusal_message', ReasoningMessage: 'reasoning_message', HiddenReasoningMessage: 'hidden_reasoning_message', ToolCallMessage: 'tool_call_message', ApprovalRequestMessage: 'approval_request_message', ServerToolMessage: 'server_tool_message', AnnotationMessage: 'annotation_message', ToolCallClosed: 'tool_call_closed', StopReason: 'stop_reason' };

function said(values, ref) {
  const message = values.plain(ref);
  const call = message.tool_call;
  if (call) return [call.name, call.arguments].filter((one) => one !== null && one !== undefined).join(' ') + `  (${call.tool_call_id})`;
  for (const name of ['content', 'reasoning', 'refusal', 'stop_reason']) if (typeof message[name] === 'string') return message[name] + (message.detail ? `: ${message.detail}` : '');
  if (message.tool_call_id) return `${message.tool_call_id}: ${message.doubts.length ? `not to be run: ${message.doubts.map((one) => one.doubt).join(', ')}` : 'safe to run'}`;
  const { id, otid, run_id, step_id, ...rest } = message;
  return json(rest);
}

function messages(values, moment) {
  if (!moment.says.length) return [element('p', { class: 'soft' }, 'None.')];
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

// A text that grows at its end, where it stays scrolled to if it is.
function growing(label, text) {
  const made = scrolling('pre', label, text);
  made.dataset.grows = '';
  return made;
}

function result(values, moment, place) {
  const ref = moment.result, shown = [];
  if (moment.result_of !== place) shown.push(element('p', { class: 'soft' }, `As after chunk ${moment.result_of}: of a stream with so many items, the result is kept at some chunks only.`));
  const facts = element('table');
  const fact = (name, text, bad = false) => text && facts.append(element('tr', {}, element('th', { scope: 'row' }, name), element('td', bad ? { class: 'bad' } : {}, text)));
  fact('outcome', values.plain(values.field(ref, 'outcome')));
  fact('finish reason', values.plain(values.field(ref, 'finish_reason')));
  fact('model', values.plain(values.field(ref, 'model')));
  const error = values.field(ref, 'error');
  if (typeof error === 'number') fact('error', `${values.plain(values.field(error, 'message'))} (${values.plain(values.field(error, 'category'))})`, true);
  const usage = values.plain(values.field(ref, 'usage')) ?? {};
  const counts = Object.entries(usage).filter(([, count]) => isNumber(count)).map(([name, count]) => `${name.replaceAll('_', ' ')} ${count.toLocaleString('en')}`);
  fact('usage', counts.length ? `${counts.join(', ')} (${usage.source})` : usage.source);
  shown.push(facts);
  for (const item of list(values, values.field(ref, 'output'))) {
    for (const part of list(values, values.field(item, 'parts'))) {
      const plain = values.plain(part);
      const text = plain.text ?? plain.reasoning ?? plain.refusal ?? (plain.summary ? plain.summary.map((one) => one.text).join('\n\n') : json(plain.item ?? plain));
      shown.push(element('h3', {}, values.kind(part)), growing(values.kind(part), text));
    }
    const call = values.field(item, 'call');
    if (typeof call !== 'number') continue;
    const plain = values.plain(call);
    shown.push(element('h3', {}, `call ${plain.name || '(no name yet)'}, ${plain.id}`), ...(plain.arguments ? [growing(`arguments of ${plain.id}`, plain.arguments)] : []));
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

function wire(values, moment, place) {
  if (moment.kind === 'end') return element('p', { class: 'soft' }, 'The end of the stream.');
  return place === 0 ? element('p', { class: 'soft' }, 'Before the first chunk.') : scrolling('pre', 'frame', values.plain(moment.frame));
}

const about = (film) => `${film.wire}, ${(film.moments.length - 2).toLocaleString('en')} frames, ${film.outcome}`;

function shown(film, values, place) {
  const moment = film.moments[place], before = film.moments[place - 1];
  const notes = moment.notes.map((one) => element('li', { class: one.bad ? 'bad' : null }, one.text));
  const whole = section(film, 'Wire', wire(values, moment, place), ...(notes.length ? [element('h3', {}, 'New notes'), element('ul', { class: 'notes' }, ...notes)] : []));
  const made = [section(film, 'Messages', ...messages(values, moment)), section(film, 'Result so far', ...result(values, moment, place)), section(film, 'Diagnostics', ...diagnostics(values, moment))];
  const inner = [section(film, 'State', tree(values, 'state', moment.state, before?.state))];
  if (moment.chunk !== undefined) inner.unshift(section(film, 'Chunk', tree(values, 'chunk', moment.chunk)));
  const columns = [whole, element('div', { 'data-key': 'made' }, ...made), element('div', { 'data-key': 'inner' }, ...inner)];
  return films.length > 1 ? [heading(film), element('p', { class: 'soft' }, about(film)), ...columns] : columns;
}
