// The page: one or two films (see film.py), of which it shows one moment at a time.

const tables = films.map((film) => new Values(film));
const last = Math.max(...films.map((film) => film.moments.length)) - 1;
let now = 0;

const momentOf = (film) => Math.min(now, film.moments.length - 1);

function show() {
  films.forEach((film, at) => {
    const column = $('films').children[at];
    const scrolledBack = [...column.querySelectorAll('[data-grows]')].filter((one) => one.scrollTop + one.clientHeight < one.scrollHeight - 4);
    morphChildren(column, shown(film, tables[at], momentOf(film)));
    for (const one of column.querySelectorAll('[data-grows]')) if (!scrolledBack.includes(one)) one.scrollTop = one.scrollHeight;
    makeScrollableReachable(column);
  });
  const { at } = films[0].moments[momentOf(films[0])];
  const place = now === 0 ? 'Before the first chunk' : now === last ? 'The end' : `Chunk ${now} of ${last - 1}`;
  const text = place + (at === undefined ? '' : `, ${at.toFixed(3)} s`);
  $('place').value = text;
  $('slider').value = now;
  $('slider').setAttribute('aria-valuetext', text);
  draw();
}

function go(place, written = true) {
  now = Math.max(0, Math.min(last, place));
  show();
  if (written) history.replaceState(null, '', `#${now}`);
}

// ---- the time line

const isFault = (moment) => moment.kind === 'undecodable' || moment.notes.some((one) => one.bad);
const COLOURS = { text: '--text', reasoning: '--reasoning', call: '--call' };
const MARGIN = 8; // as far as the slider's thumb stays from the edges
let drawn = null; // the time line without the moment that is shown

const times = films[0].moments.map((moment) => moment.at), lastTime = times.reduce((latest, one) => Math.max(latest, one ?? 0), 0);

function share(place) { // how far along the time line a moment is, from 0 to 1: by time, if there are times
  if (lastTime === 0) return place / Math.max(1, last);
  return (times[place] ?? (place === 0 ? 0 : lastTime)) / lastTime;
}

function drawAll() {
  const canvas = $('ticks'), ratio = devicePixelRatio || 1, style = getComputedStyle(document.documentElement);
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  const pen = canvas.getContext('2d'), height = canvas.clientHeight, colours = {};
  const colour = (name) => (colours[name] ??= style.getPropertyValue(name));
  pen.scale(ratio, ratio);
  films[0].moments.forEach((moment, at) => {
    const bad = isFault(moment);
    pen.fillStyle = colour(bad ? '--bad' : COLOURS[CLASSES[moment.types[0]]] ?? '--tick');
    pen.fillRect(MARGIN + (canvas.clientWidth - 2 * MARGIN) * share(at), bad ? 2 : 10, 1, bad ? height - 8 : height - 16);
  });
  drawn = pen.getImageData(0, 0, Math.max(1, canvas.width), Math.max(1, canvas.height));
  draw();
}

function draw() {
  const canvas = $('ticks'), pen = canvas.getContext('2d'), height = canvas.clientHeight;
  if (drawn === null) return;
  pen.putImageData(drawn, 0, 0);
  pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--front');
  const x = MARGIN + (canvas.clientWidth - 2 * MARGIN) * share(momentOf(films[0]));
  pen.fillRect(x - 1, 4, 3, height - 8);
  pen.fillRect(x - 4, height - 5, 9, 4);
}

function nearest(x) {
  const wanted = (x - MARGIN) / ($('ticks').clientWidth - 2 * MARGIN);
  const far = (place) => Math.abs(share(place) - wanted);
  return films[0].moments.reduce((best, _, place) => (far(place) < far(best) ? place : best), 0);
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
$('films').append(...films.map(() => element('div', { class: 'film' })));
$('about').textContent = films.length === 1 ? about(films[0]) : start === null ? 'They read and say the same.' : `They first differ at ${start === 0 ? 'the start' : start === last ? 'the end' : `chunk ${start}`}.`;
$('slider').max = last;
$('slider').addEventListener('input', () => go(Number($('slider').value)));
$('first').addEventListener('click', () => go(0));
$('back').addEventListener('click', () => go(now - 1));
$('forward').addEventListener('click', () => go(now + 1));
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
$('ticks').addEventListener('click', (event) => go(nearest(event.offsetX)));
$('films').addEventListener('click', (event) => {
  const details = event.target.closest('summary')?.parentElement;
  if (!details) return;
  event.preventDefault(); // a branch opens with what is in it, by `show`
  const { path } = details.dataset;
  if (!open.delete(path)) open.add(path);
  show();
});
addEventListener('keydown', (event) => {
  const { target, key } = event, typing = target.matches?.('select, input[type=search]');
  if (key === 'Escape' && typing) target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || typing) return;
  if ((key === 'Home' || key === 'End') && target.matches?.('[data-scrolls]')) return; // these scroll it
  const moves = { ArrowLeft: () => go(now - 1), ArrowRight: () => go(now + 1), Home: () => go(0), End: () => go(last) };
  if ($('letters').checked) Object.assign(moves, { '/': () => $('words').focus(), n: nextFault });
  if (!Object.hasOwn(moves, key)) return;
  event.preventDefault();
  moves[key]();
});
addEventListener('hashchange', () => go(Number(location.hash.slice(1)) || 0, false));
addEventListener('resize', drawAll);
for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)']) matchMedia(query).addEventListener('change', drawAll);
fillFilter();
go(/^#\d+$/.test(location.hash) ? Number(location.hash.slice(1)) : (start ?? 0), false);
drawAll();
