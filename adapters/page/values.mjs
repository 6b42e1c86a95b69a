// The data of the page, and its values, by their references: see values.py for what stands for what.
const { films, start } = JSON.parse(document.getElementById('data').textContent);
const $ = (id) => document.getElementById(id);

class Written { // a number that JavaScript would round, or show otherwise
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }

  toLocaleString() {
    return this.text;
  }
}

const scalar = (held) => (typeof held !== 'string' ? held : held === 'true' ? true : held === 'false' ? false : new Written(held));
const isNumber = (value) => typeof value === 'number' || value instanceof Written;

function json(value) {
  if (value instanceof Written) return value.text;
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${json(one)}`).join(', ')}}`;
}

const REMEMBERED = 5000; // nodes whose members are not put together anew

class Values {
  constructor(film) {
    this.film = film;
    this.whole = new Map();
    this.joined = new Map();
  }

  kind(ref) {
    return typeof ref === 'number' ? this.film.nodes[ref][0] : null;
  }

  isList(ref) {
    return ['list', 'rows'].includes(this.kind(ref));
  }

  own(number) {
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
      if (this.whole.size > REMEMBERED) this.whole.clear();
      this.whole.set(one, members);
    }
    return members;
  }

  members(number) {
    const kind = this.kind(number), own = this.own(number);
    if (kind !== 'rows' && kind !== 'layers') return own;
    if (this.joined.size > REMEMBERED / 100) this.joined.clear();
    if (!this.joined.has(number)) {
      const parts = Object.values(own).map((part) => this.members(part));
      this.joined.set(number, kind === 'layers' ? Object.assign({}, ...parts) : { ...parts.flatMap((part) => Object.values(part)) });
    }
    return this.joined.get(number);
  }

  plain(ref) {
    if (typeof ref === 'string' || ref === undefined) return ref;
    if (Array.isArray(ref)) return ref.length === 1 ? scalar(ref[0]) : this.film.texts[ref[0]].slice(0, ref[1]);
    const members = this.members(ref);
    return this.isList(ref) ? Object.values(members).map((one) => this.plain(one))
      : Object.fromEntries(Object.entries(members).map(([name, one]) => [name, this.plain(one)]));
  }

  field(ref, name) {
    return typeof ref === 'number' ? this.members(ref)[name] : undefined;
  }
}

const same = (one, other) => one === other || (Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((each, at) => each === other[at]));
