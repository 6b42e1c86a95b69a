// Elements: made anew for each moment, then put in the place of those of the moment before, of which as many stay as can:
// with them stay the focus, what is selected, and where a region is scrolled to.

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const SET_LATER = ['tabindex', 'role', 'aria-label']; // by `makeScrollableReachable`, if they are not there from the start

function morph(old, made) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (made.data.startsWith(old.data)) old.appendData(made.data.slice(old.data.length)); // what is selected stays so
    else old.data = made.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!made.hasAttribute(name) && !SET_LATER.includes(name)) old.removeAttribute(name);
  for (const { name, value } of made.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  morphChildren(old, [...made.childNodes]);
}

// A child with a key is that of the same key, another one that with as many of its name before it.
function keysOf(nodes) {
  const counts = new Map();
  return nodes.map((node) => {
    const name = node.dataset?.key ? `${node.nodeName} ${node.dataset.key}` : node.nodeName;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return `${name} ${counts.get(name)}`;
  });
}

function morphChildren(parent, made) {
  const before = [...parent.childNodes], keys = keysOf(before), known = new Map(keys.map((key, at) => [key, before[at]]));
  const wanted = keysOf(made), stays = new Set(wanted);
  before.forEach((node, at) => { if (!stays.has(keys[at])) remove(node); });
  let next = parent.firstChild;
  made.forEach((node, at) => {
    const old = known.get(wanted[at]);
    if (old === undefined) parent.insertBefore(node, next);
    else {
      if (old !== next) parent.insertBefore(old, next);
      else next = next.nextSibling;
      morph(old, node);
    }
  });
}

function remove(node) {
  const { parentElement } = node, hadFocus = node.contains(document.activeElement);
  node.remove();
  if (hadFocus) (parentElement.closest('details')?.querySelector('summary') ?? document.querySelector('main')).focus({ preventScroll: true });
}

function makeScrollableReachable(root) {
  for (const region of root.querySelectorAll('[data-scrolls]')) {
    const scrolls = region.scrollHeight > region.clientHeight || region.scrollWidth > region.clientWidth;
    for (const [name, value] of Object.entries({ tabindex: '0', role: 'group', 'aria-label': region.dataset.scrolls })) {
      if (scrolls) region.setAttribute(name, value);
      else if (region !== document.activeElement) region.removeAttribute(name);
    }
  }
}
