// @ts-check
/** The shapes of samples, as the server sends them. */

/** @typedef {import("./format.js").Value} Value */

/** @typedef {[number, number]} Spot  x and y in pixels of the image */

/**
 * @typedef {object} Sample
 * @property {string} split
 * @property {string} id
 * @property {number} epoch
 * @property {number} step
 * @property {string | null} image
 * @property {number | null} width
 * @property {number | null} height
 * @property {Spot[] | null} gt
 * @property {Spot[] | null} pred
 * @property {Value} error_px
 * @property {Value} gt_done
 * @property {Value} pred_done
 * @property {string} caption
 * @property {Record<string, any>} extra
 * @property {Value} error  in `error_unit`
 * @property {string} error_unit
 * @property {Layer[]} layers
 */

/**
 * @typedef {object} Layer  what else is drawn of a sample; which fields it has depends on its kind
 * @property {"box" | "line" | "scores" | "signal" | "peaks"} kind
 * @property {"gt" | "pred" | "input"} of
 * @property {[number, number, number, number][]} [boxes]  x0, y0, x1, y1
 * @property {(string | null)[]} [labels]
 * @property {Value[]} [scores]
 * @property {Value[][][]} [lines]
 * @property {number[]} [classes]
 * @property {Value[]} [values]
 * @property {string[]} [names]
 * @property {number | null} [truth]
 * @property {number[]} [at]
 * @property {number} [n]
 */

export {};
