// @ts-check
/** The part of the form that says where to: a kind with its fields, or an address that was pasted. */
import { element } from "../../element.js";

/** @typedef {import("./words.js").Kind} Kind */
/** @typedef {import("./words.js").KindField} KindField */

const PASTED = "pasted";
const CHOICES = /** @type {Record<string, string>} */ ({
  starttls: "STARTTLS",
  ssl: "TLS from the start",
  insecure: "Not secured",
});

/** Where a notifier sends to, as it is being filled in. */
export class KindFields {
  /**
   * @param {Kind[]} kinds
   * @param {string} chosen  a kind's id
   * @param {string | null} kept  what is shown of the destination that stays while nothing is entered; null: there is none
   */
  constructor(kinds, chosen, kept) {
    this.kinds = kinds;
    this.kept = kept;
    this.isKept = kept !== null;
    this.select = element(
      "select",
      { class: "select settings-wide", "aria-label": "Kind", onchange: () => this.change() },
      ...kinds.map((kind) => element("option", { value: kind.id }, kind.title)),
      element("option", { value: PASTED }, "Apprise address"),
    );
    this.select.value = chosen;
    this.inside = element("div", { class: "settings-fields" });
    this.element = element("div", { class: "settings-fields" });
    this.show();
  }

  /** Show another kind, and let the form ask again whether all is filled in. */
  change() {
    this.isKept = false;
    this.show();
    this.element.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Draw what the chosen kind asks for. */
  show() {
    if (this.isKept) {
      this.element.replaceChildren(
        element(
          "div",
          { class: "settings-kept" },
          element("span", { class: "settings-kept-text" }, this.kept),
          element("button", { class: "button", type: "button", onclick: () => this.change() }, "Change"),
        ),
        element("p", { class: "hint" }, "Its secrets are kept and never shown again."),
      );
      return;
    }
    const kind = this.kinds.find((one) => one.id === this.select.value);
    this.inside.replaceChildren(...(kind ? kind.fields.map(fieldOf) : [pastedField(this.kinds)]));
    this.element.replaceChildren(
      element("label", { class: "label" }, "Kind", this.select),
      element("p", { class: "hint" }, kind ? kind.about : "For those who have one already."),
      this.inside,
    );
  }

  /** Say whether everything that must be filled in is. */
  isReady() {
    if (this.isKept) return true;
    return this.inputs().every((input) => !input.required || input.value.trim() !== "");
  }

  /** What to send: nothing while the destination stays. @returns {Record<string, unknown>} */
  given() {
    if (this.isKept) return {};
    if (this.select.value === PASTED) return { url: this.inputs()[0].value.trim() };
    const filled = this.inputs().filter((input) => input.value.trim() !== "");
    return { kind: this.select.value, fields: Object.fromEntries(filled.map((input) => [input.name, input.value])) };
  }

  /** A name to begin with: the kind's. */
  title() {
    return this.kinds.find((one) => one.id === this.select.value)?.title ?? "Notifier";
  }

  inputs() {
    return /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([...this.inside.querySelectorAll("[name]")]);
  }
}

/** @param {KindField} field */
function fieldOf(field) {
  const words = field.is_required ? field.label : `${field.label} (optional)`;
  if (field.input === "choice") {
    const options = field.choices.map((one) => element("option", { value: one }, CHOICES[one] ?? one));
    const select = element("select", { class: "select settings-wide", name: field.name }, ...options);
    select.value = field.default;
    return element("label", { class: "label" }, words, select);
  }
  const input = element("input", {
    class: "field",
    name: field.name,
    // Not `password`: browsers would offer to keep it as one of this page, and fill it in elsewhere.
    type: "text",
    "data-secret": field.input === "secret",
    inputmode: field.input === "number" ? "numeric" : field.input === "address" ? "url" : null,
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "off",
    placeholder: field.hint,
    required: field.is_required && field.default === "",
  });
  input.value = field.default;
  return element("label", { class: "label" }, words, input);
}

/** @param {Kind[]} kinds */
function pastedField(kinds) {
  const schemas = kinds.flatMap((kind) => kind.schemas.map((schema) => `${schema}://`));
  return element(
    "div",
    { class: "settings-fields" },
    element(
      "label",
      { class: "label" },
      "Address",
      element("input", { class: "field", name: "url", type: "text", required: true, autocomplete: "off", spellcheck: "false" }),
    ),
    element("p", { class: "hint" }, `Possible are ${schemas.join(" ")}`),
  );
}
