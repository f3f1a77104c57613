// @ts-check
/** What is looked at, and how, lives in the URL: a link shows another person the same view. */

/** @typedef {Record<string, string>} View */

/**
 * Read a view from a query; what is missing takes its default, what is unknown is left alone.
 * @template {View} V
 * @param {string} search
 * @param {V} defaults
 * @returns {V}
 */
export function readView(search, defaults) {
  const query = new URLSearchParams(search);
  return /** @type {V} */ (
    Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, query.get(name) ?? value]))
  );
}

/**
 * Write a view as a query without what is at its default.
 * @template {View} V
 * @param {V} view
 * @param {V} defaults
 */
export function writeView(view, defaults) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(view)) if (value !== defaults[name]) query.set(name, value);
  const text = query.toString().replaceAll("%2C", ",").replaceAll("%2F", "/").replaceAll("%3A", ":");
  return text ? `?${text}` : "";
}

/**
 * Hold the page's view: read it from the address bar, keep the address bar in step, tell who listens.
 * @template {View} V
 * @param {V} defaults
 * @param {(view: V, changed: string[]) => void} onChange
 * @param {(view: V) => V} [sound]  puts right what an address cannot mean
 */
export function holdView(defaults, onChange, sound = (view) => view) {
  let view = sound(readView(location.search, defaults));
  /** @param {Partial<V>} change */
  const set = (change) => {
    const changed = Object.keys(change).filter((name) => change[name] !== view[name]);
    if (!changed.length) return;
    view = { ...view, ...change };
    history.replaceState(history.state, "", location.pathname + writeView(view, defaults) + location.hash);
    onChange(view, changed);
  };
  const get = () => view;
  return { get, set };
}
