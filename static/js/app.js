/* What a page gains with scripts on. Every form and link works without this file. */
(() => {
  "use strict";

  const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);
  const cookie = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1] ?? "";

  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["X-CSRFToken"] = cookie();
  });

  /* A part marked data-poll asks only while it is looked at, and never under an open menu or a drag. */
  let signedOut = false;
  document.addEventListener("visibilitychange", () => (signedOut = false)); /* who comes back may have signed in */
  const busy = (part) => signedOut || document.hidden || part.querySelector("details[open], .ghost, :focus-visible");
  document.addEventListener("htmx:before:request", (event) => {
    if (event.target.matches?.("[data-poll]") && busy(event.target)) event.preventDefault();
  });

  /* The same answer again is not swapped in, or a screen reader would say it every ten seconds. */
  document.addEventListener("htmx:after:request", (event) => {
    const part = event.target;
    if (!part.matches?.("[data-poll]")) return;
    if (part.lastAnswer === event.detail.ctx.text) event.preventDefault();
    part.lastAnswer = event.detail.ctx.text;
  });

  /* An error page or a page that was redirected to is never swapped into a part: htmx 4 would. A server that
     means its error as a part says where with HX-Retarget. Signed out meanwhile: the page stays as it is, and links to
     the page to sign in. */
  const complain = (why = "failed") => {
    const place = document.getElementById("messages");
    const toast = document.createElement("div");
    toast.className = "toast error pinned";
    toast.append(place.dataset[why]);
    if (why === "signedOut") {
      const link = document.createElement("a");
      Object.assign(link, { href: "/login/", target: "_blank", textContent: place.dataset.signIn });
      toast.append(" ", link);
      signedOut = true;
    }
    place.replaceChildren(toast);
  };
  const whyOf = (status) => (status === 401 ? "signedOut" : "failed");
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx && !event.detail.ctx.response && !event.target.matches?.("[data-poll]")) complain("offline");
  });
  document.addEventListener("htmx:before:response", (event) => {
    const { status, raw } = event.detail.ctx.response;
    if (raw.redirected) {
      event.preventDefault();
      location.assign(raw.url);
    } else if (status >= 400 && !raw.headers.has("HX-Retarget")) {
      event.preventDefault();
      if (status === 401 || !event.target.matches?.("[data-poll]")) complain(whyOf(status));
    }
  });

  /* Nothing that is swapped in may bring a script (the policy forbids inline ones already). */
  document.addEventListener("htmx:before:swap", (event) => {
    for (const task of event.detail.tasks ?? []) each("script", (script) => script.remove(), task.fragment);
  });

  /* --- Theme: the choice is seen at once, saved with the form ----------------------------------- */
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-theme-choice]")) return;
    if (event.target.value) document.documentElement.dataset.theme = event.target.value;
    else delete document.documentElement.dataset.theme;
  });

  /* --- Menus: Escape and a click elsewhere close them -------------------------------------------- */
  const closeMenus = (except) =>
    each("details.drop[open]", (menu) => {
      if (menu.contains(except)) return;
      menu.open = false;
    });
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.drop[open]");
    closeMenus(null);
    menu?.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.parentElement.remove());

  /* --- Ctrl+Enter presses the first button of the form, so the same action is sent ---------------- */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest?.("form");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-primary]") ?? form.querySelector("button:not([type=button])"));
  });

  /* --- Fields that depend on others: data-show-if='{"field", "equals" | "in" | "notEmpty"}' ------- */
  const valuesOf = (form, name) =>
    new FormData(form).getAll(`fields.${name}`).concat(new FormData(form).getAll(name)).filter((v) => v !== "");
  const holds = (rule, values) => {
    const value = values.at(-1); /* a box that is ticked comes after the hidden "false" of its field */
    if ("equals" in rule) return value === String(rule.equals);
    if ("in" in rule) return rule.in.some((wanted) => value === String(wanted));
    return Boolean(rule.notEmpty) === values.length > 0;
  };
  const showFields = (form) =>
    each("[data-show-if]", (part) => {
      const rule = JSON.parse(part.dataset.showIf);
      part.hidden = !holds(rule, valuesOf(form, rule.field));
      /* a hidden field is not sent, and its "required" must not block the form */
      each("input, select, textarea", (control) => (control.disabled = part.hidden), part);
    }, form);

  /* --- Drafts: changed fields are posted a moment after the last key ------------------------------ */
  const timers = new WeakMap();
  const changed = new WeakMap();
  const say = (form, text) => each("[data-draft-status]", (place) => (place.textContent = text), form);
  const fieldOf = (name) => name.split(".", 2).join("."); /* "fields.lines.0.item" belongs to "fields.lines" */
  const draftOf = (form) => {
    const all = new FormData(form);
    const draft = new FormData();
    draft.append("form_of", all.get("form_of") ?? "");
    for (const field of changed.get(form)) draft.append("changed", field);
    for (const [name, value] of all) {
      if (typeof value === "string" && changed.get(form).has(fieldOf(name))) draft.append(name, value);
    }
    return draft;
  };
  const postDraft = (form) =>
    fetch(form.dataset.draftUrl, {
      method: "POST",
      body: draftOf(form),
      headers: { "X-CSRFToken": cookie(), "HX-Request": "true" },
      keepalive: true,
    }).catch(() => null);
  const saveDraft = async (form) => {
    timers.delete(form);
    const answer = await postDraft(form);
    if (timers.has(form)) return; /* more was typed meanwhile, and is not saved yet */
    const clock = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    if (answer?.status !== 204) {
      say(form, answer ? form.dataset.draftFailed : form.dataset.draftOffline);
      if (answer?.status === 401) complain("signedOut");
      return;
    }
    const files = [...form.elements].some((control) => control.type === "file" && control.files.length);
    say(form, (files ? form.dataset.draftWithoutFiles : form.dataset.draftSaved).replace("{time}", clock));
    form.dispatchEvent(new Event("taskhub:stored", { bubbles: true }));
  };
  let saving = Promise.resolve(); /* one after the other: the last is the newest */
  const later = (form, name) => {
    clearTimeout(timers.get(form));
    changed.set(form, (changed.get(form) ?? new Set()).add(fieldOf(name)));
    timers.set(form, setTimeout(() => (saving = saving.then(() => saveDraft(form))), 1200));
    say(form, "");
  };
  addEventListener("pagehide", () =>
    each("form[data-draft-url]", (form) => {
      if (timers.has(form)) postDraft(form);
    }));

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form) return;
    showFields(form);
    if (form.dataset.draftUrl && event.target.name && event.target.type !== "file") later(form, event.target.name);
  });
  document.addEventListener("submit", (event) => {
    clearTimeout(timers.get(event.target));
    timers.delete(event.target);
  }, true);

  /* --- A form is sent once, however often its button is pressed, and with the token of today ------- */
  const sent = new WeakSet();
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (sent.has(form)) return stop(event);
    if (!navigator.onLine) {
      stop(event);
      return complain("offline");
    }
    const token = form.querySelector("input[name=csrfmiddlewaretoken]");
    if (token && cookie()) token.value = cookie(); /* its person may have signed in anew in another tab */
    sent.add(form);
    if (!form.hasAttribute("hx-post")) setTimeout(() => sent.delete(form), 15_000);
  }, true);
  document.addEventListener("htmx:finally:request", (event) => sent.delete(event.target));
  addEventListener("pageshow", (event) => event.persisted && each("form", (form) => sent.delete(form)));

  /* --- What was swapped in, or came with the page ------------------------------------------------- */
  const settle = () => {
    each("form:has([data-show-if])", showFields);
    document.querySelector("[data-error-summary]:not([data-seen])")?.focus();
    each("[data-error-summary]", (summary) => (summary.dataset.seen = ""));
  };
  document.addEventListener("htmx:after:swap", settle);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", settle);
  else settle();
})();
