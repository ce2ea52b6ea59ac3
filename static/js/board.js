/* Two more ways to move a card: drag it, or Alt and an arrow on it. Both press the button of its Move menu, so what
   is illegal there is illegal here, and the same form is posted. */
(() => {
  "use strict";

  const board = document.getElementById("board");
  const MOVED = "taskhub-moved";
  const buttonTo = (card, stage) => card.querySelector(`form.menu button[name=stage][value="${CSS.escape(stage)}"]`);
  const columns = () => [...board.querySelectorAll("ol[data-stage]")];
  const stageOf = (part) => part?.closest?.(".lane")?.querySelector("ol[data-stage]")?.dataset.stage;

  const move = (card, stage) => {
    const button = buttonTo(card, stage);
    if (!button) return;
    sessionStorage.setItem(MOVED, card.dataset.key);
    button.form.requestSubmit(button);
  };

  /* --- Drag ----------------------------------------------------------------------------------------- */
  let dragged = null;
  const prepare = () => {
    for (const card of board.querySelectorAll(".tcard:has(form.menu)")) {
      card.draggable = true;
      for (const link of card.querySelectorAll("a")) link.draggable = false;
    }
  };
  const legal = (part) => dragged && stageOf(part) && buttonTo(dragged, stageOf(part));
  const clear = () => {
    dragged?.classList.remove("ghost");
    dragged = null;
    for (const lane of board.querySelectorAll(".lane")) lane.classList.remove("no", "over-drop");
  };
  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".tcard");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.key);
    dragged.classList.add("ghost");
    for (const column of columns()) {
      column.closest(".lane").classList.toggle("no", !column.contains(dragged) && !legal(column));
    }
  });
  board.addEventListener("dragover", (event) => {
    for (const lane of board.querySelectorAll(".over-drop")) lane.classList.remove("over-drop");
    if (!legal(event.target)) return;
    event.preventDefault();
    event.target.closest(".lane").classList.add("over-drop");
  });
  board.addEventListener("drop", (event) => {
    if (!legal(event.target)) return;
    event.preventDefault();
    move(dragged, stageOf(event.target));
    clear();
  });
  board.addEventListener("dragend", clear);

  /* --- Alt and an arrow: to the next column that way which the card may enter -------------------------- */
  board.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const card = event.target.closest?.(".tcard");
    if (!step || !event.altKey || event.ctrlKey || event.metaKey || !card) return;
    event.preventDefault();
    const stages = columns().map((column) => column.dataset.stage);
    for (let at = stages.indexOf(stageOf(card)) + step; at >= 0 && at < stages.length; at += step) {
      if (buttonTo(card, stages[at])) return move(card, stages[at]);
    }
  });

  /* The moved card keeps the focus on the page that comes. */
  const key = sessionStorage.getItem(MOVED);
  sessionStorage.removeItem(MOVED);
  if (key) board.querySelector(`.tcard[data-key="${CSS.escape(key)}"] a.t`)?.focus();
  prepare();
  document.addEventListener("htmx:after:swap", prepare);
})();
