/* What is typed into a form that posts stays in this browser until the server has taken it: a failed request, a closed
   tab or a step back loses nothing. It is forgotten when its person signs out, when somebody else signs in, and after a
   day. Passwords and files are never stored. */
(() => {
  "use strict";

  const PREFIX = "typed:";
  const DAY = 24 * 3600 * 1000;
  const LONGEST = 200_000;
  const words = document.getElementById("messages").dataset;
  const owner = document.querySelector("input[name=form_of]")?.value;
  if (!owner) return;

  /* --- The store ----------------------------------------------------------------------------------- */
  const attempt = (act) => {
    try {
      return act();
    } catch {
      return null; /* a browser that stores nothing, or is full */
    }
  };
  const keys = () => attempt(() => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))) ?? [];
  const read = (key) => attempt(() => JSON.parse(localStorage.getItem(key)));
  const forget = (key) => attempt(() => localStorage.removeItem(key));
  const write = (key, entry) => {
    const text = JSON.stringify(entry);
    if (text.length <= LONGEST) attempt(() => localStorage.setItem(key, text));
  };
  const forgetOld = () => {
    const mine = `${PREFIX}${owner}:`;
    for (const key of keys()) if (!key.startsWith(mine) || !(read(key)?.at > Date.now() - DAY)) forget(key);
  };
  const forgetSent = () => {
    const id = document.cookie.match(/(?:^|; )sent=([\w-]+)/)?.[1];
    if (!id) return;
    for (const key of keys()) if (read(key)?.id === id) forget(key);
    document.cookie = "sent=; path=/; max-age=0";
  };

  /* A control named "action" or "id" hides the form's own property: attributes are read. */
  /* --- One form ------------------------------------------------------------------------------------ */
  const addressOf = (form) => new URL(form.getAttribute("action") || location.href, location.href);
  const keyOf = (form) => {
    const { pathname, search } = addressOf(form);
    const alike = [...document.forms].filter((other) => addressOf(other).pathname === pathname);
    return `${PREFIX}${owner}:${pathname}${search}#${form.getAttribute("id") || alike.indexOf(form)}`;
  };
  const isOurs = (form) => form?.method === "post" && form.querySelector("input[name=form_of]");
  const SKIPPED = ["hidden", "password", "file", "submit", "button", "image", "reset"];
  const controls = (form) => [...form.elements].filter((it) => it.name && it.type && !SKIPPED.includes(it.type));
  const ticks = (control) => control.type === "checkbox" || control.type === "radio";
  const valueOf = (control) => {
    if (ticks(control)) return control.checked ? [control.value] : [];
    return control.type.startsWith("select") ? [...control.selectedOptions].map((it) => it.value) : [control.value];
  };
  const firstOf = (control) => {
    if (ticks(control)) return control.defaultChecked ? [control.value] : [];
    if (!control.type.startsWith("select")) return [control.defaultValue];
    const chosen = [...control.options].filter((it) => it.defaultSelected);
    return (chosen.length || control.multiple ? chosen : [...control.options].slice(0, 1)).map((it) => it.value);
  };
  const named = (form) => {
    const groups = new Map();
    for (const control of controls(form)) groups.set(control.name, [...(groups.get(control.name) ?? []), control]);
    return groups;
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  const save = (form, id) => {
    const key = keyOf(form);
    const before = read(key)?.changes ?? {};
    const changes = {};
    for (const [name, group] of named(form)) {
      const [base, typed] = [group.flatMap(firstOf), group.flatMap(valueOf)];
      if (name in before || !same(base, typed)) changes[name] = { base: before[name]?.base ?? base, typed };
    }
    if (Object.keys(changes).length) write(key, { id, at: Date.now(), changes });
  };

  /* Fills in what was typed; what another value stands for meanwhile, or has no place any more, is only shown. */
  const fill = (group, typed) => {
    const left = [...typed];
    for (const control of group) {
      if (ticks(control)) control.checked = typed.includes(control.value);
      else if (control.type.startsWith("select")) {
        for (const option of control.options) option.selected = typed.includes(option.value);
      } else control.value = left.shift() ?? "";
    }
  };
  const restore = (form) => {
    const key = keyOf(form);
    const entry = read(key);
    if (!entry) return;
    const groups = named(form);
    const filled = [];
    const unplaced = [];
    for (const [name, { base, typed }] of Object.entries(entry.changes)) {
      const group = groups.get(name) ?? [];
      const stored = group.flatMap(firstOf);
      if (same(stored, typed)) continue;
      if (group.length && (form.dataset.draftUrl || same(stored, base))) {
        fill(group, typed);
        filled.push(group[0]);
      } else if (typed.join("").trim()) unplaced.push(...typed);
    }
    if (!filled.length && !unplaced.length) return forget(key);
    tell(form, key, entry.at, unplaced);
    for (const control of filled) control.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const tell = (form, key, at, unplaced) => {
    const clock = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    const note = document.createElement("div");
    note.className = "restored";
    note.setAttribute("role", "status");
    note.append(words.restored.replace("{time}", clock));
    if (unplaced.length) {
      const text = document.createElement("pre");
      text.textContent = unplaced.join("\n");
      note.append(" ", words.unplaced, text);
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn quiet small";
    button.textContent = words.discard;
    button.addEventListener("click", () => {
      forget(key);
      form.reset();
      controls(form)[0]?.dispatchEvent(new Event("change", { bubbles: true }));
      note.remove();
    });
    note.append(button);
    form.prepend(note);
  };

  /* --- When it is stored, and when it is forgotten -------------------------------------------------- */
  const timers = new WeakMap();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!isOurs(form)) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), 300));
  });
  document.addEventListener("taskhub:stored", (event) => {
    clearTimeout(timers.get(event.target));
    forget(keyOf(event.target));
  });
  addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !isOurs(form)) return;
    if (addressOf(form).pathname === "/logout/") return keys().forEach(forget);
    clearTimeout(timers.get(form));
    const input = form.querySelector("input[name=form_id]") ?? document.createElement("input");
    Object.assign(input, { type: "hidden", name: "form_id", value: input.value || crypto.randomUUID?.() || `${Date.now()}` });
    form.append(input);
    save(form, input.value);
  });
  const load = () => {
    forgetOld();
    forgetSent();
    if ("posted" in document.body.dataset) return; /* the server has it, and shows it */
    for (const form of document.forms) if (isOurs(form)) restore(form);
  };
  addEventListener("pageshow", (event) => event.persisted && forgetSent());
  load();
})();
