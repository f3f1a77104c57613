// @ts-check
/** Data that came with the page, so that it is there on the first paint. */

/** Read one of the page's islands. @param {string} name @returns {any} */
export function island(name) {
  return JSON.parse(document.getElementById(`${name}-json`)?.textContent ?? "");
}
