// @ts-check
/** A notifier on the page: what it is, what it is told, how it went last, and what can be done with it. */
import { showAge } from "../../clock.js";
import { element, icon } from "../../element.js";
import { openMenu } from "../menu.js";
import { severitySign } from "../severity.js";
import { DELIVERY_STATES, termsOf } from "./words.js";

/** @typedef {import("./words.js").Notifier} Notifier */
/** @typedef {{ok: boolean, answer: string} | "asking"} TestOutcome */

/**
 * @typedef {object} CardActions
 * @property {(notifier: Notifier) => void} test
 * @property {(notifier: Notifier) => void} edit
 * @property {(notifier: Notifier) => void} remove
 * @property {(notifier: Notifier, isOn: boolean) => void} turn
 */

/**
 * @param {Notifier} notifier
 * @param {TestOutcome | undefined} tested  what came of its last test, while this page is open
 * @param {CardActions} actions
 */
export function notifierCard(notifier, tested, actions) {
  return element(
    "article",
    { class: "notifier", "data-notifier": notifier.id, "data-off": notifier.is_on ? null : "" },
    element(
      "div",
      { class: "notifier-main" },
      element(
        "h3",
        { class: "notifier-name" },
        element("span", { class: "notifier-word" }, notifier.name),
        element("span", { class: "notifier-kind" }, notifier.kind_title),
        !notifier.is_on && element("span", { class: "notifier-off" }, icon("off"), "Off"),
      ),
      notifier.where && element("p", { class: "notifier-where" }, notifier.where),
      terms(notifier),
    ),
    element("div", { class: "notifier-actions" }, ...buttons(notifier, tested, actions)),
    outcome(notifier, tested),
  );
}

/** @param {Notifier} notifier */
const terms = (notifier) =>
  element(
    "ul",
    { class: "notifier-terms" },
    element(
      "li",
      { class: "notifier-term" },
      severitySign(notifier.severity),
      notifier.severity === "critical" ? "Critical only" : "Warning and critical",
    ),
    ...termsOf(notifier).map((term) => element("li", { class: "notifier-term" }, term)),
  );

/** @param {Notifier} notifier @param {TestOutcome | undefined} tested @param {CardActions} actions */
function buttons(notifier, tested, actions) {
  const more = element(
    "button",
    {
      class: "icon-button",
      type: "button",
      "aria-label": `More for ${notifier.name}`,
      "aria-haspopup": "menu",
      onclick: () =>
        openMenu(more, [
          {
            word: notifier.is_on ? "Turn off" : "Turn on",
            sign: notifier.is_on ? "pause" : "running",
            act: () => actions.turn(notifier, !notifier.is_on),
          },
          "rule",
          { word: "Delete", sign: "delete", look: "danger", act: () => actions.remove(notifier) },
        ]),
    },
    icon("more"),
  );
  const test = element(
    "button",
    { class: "button", type: "button", disabled: tested === "asking", onclick: () => actions.test(notifier) },
    tested === "asking" ? "Testing…" : "Test",
  );
  const edit = element("button", { class: "button", type: "button", onclick: () => actions.edit(notifier) }, "Edit");
  return [test, edit, more];
}

/** @param {Notifier} notifier @param {TestOutcome | undefined} tested */
function outcome(notifier, tested) {
  if (tested === "asking") return line("pending", "waiting", "Test: waiting for the receiver's answer");
  if (tested) return line(tested.ok ? "ok" : "failed", tested.ok ? "sent" : "failed", `Test: ${tested.answer}`);
  const last = notifier.last;
  if (!last) return line("not_checked", "none", "Nothing was sent yet. A test shows whether it works.");
  const [sign, word] = DELIVERY_STATES[last.state];
  const made = line(sign, last.state, last.state === "waiting" ? "Not taken yet" : word);
  const age = element("span", { class: "age" });
  showAge(age, last.sent_ms ?? last.created_ms, null);
  made.append(age, element("span", { class: "notifier-answer" }, last.answer));
  if (notifier.failed && (notifier.failed > 1 || last.state !== "failed"))
    made.append(element("span", { class: "notifier-failed" }, `${notifier.failed} failed`));
  return made;
}

/** @param {string} sign @param {string} state @param {string} text */
const line = (sign, state, text) =>
  element(
    "p",
    { class: "notifier-outcome", "data-state": state, role: "status" },
    icon(sign),
    element("span", { class: "notifier-said" }, text),
  );
