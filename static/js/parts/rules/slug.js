// @ts-check
/** The short name that an own rule goes by in addresses. Pure. */

const LONGEST = 60; // the server takes 64; a number may follow

/** Make a short name of a title; one that is taken gets a number. @param {string} title @param {Set<string>} taken */
export function slugOf(title, taken) {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.replace(/[^a-z0-9]+/g, "-").slice(0, LONGEST);
  const slug = words.replace(/^-|-$/g, "") || "rule";
  for (let place = 1; ; place += 1) {
    const wanted = place === 1 ? slug : `${slug}-${place}`;
    if (!taken.has(`own:${wanted}`)) return wanted;
  }
}
