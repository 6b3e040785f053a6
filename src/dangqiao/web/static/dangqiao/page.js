// Enhancements only: every page works without them.
(() => {
  // A warning before the session ends, with one button to go on.
  const dialog = document.getElementById("session-warning");
  if (dialog) {
    const seconds = Number(dialog.dataset.seconds);
    let timer;
    const wait = () => { timer = setTimeout(() => dialog.showModal(), Math.max(seconds - 180, 30) * 1000); };
    dialog.querySelector("button").addEventListener("click", async () => {
      const answer = await fetch(dialog.dataset.url, { method: "POST", headers: { "X-CSRFToken": dialog.dataset.token } });
      if (!answer.ok || answer.redirected) location.reload();
      dialog.close(); clearTimeout(timer); wait();
    });
    wait();
  }
  // j and k walk through a list, Enter opens.
  const rows = [...document.querySelectorAll("tr[data-row]")];
  if (rows.length) {
    let at = -1;
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, select, textarea")) return;
      if (event.key !== "j" && event.key !== "k") return;
      rows[at]?.removeAttribute("aria-current");
      at = Math.min(Math.max(at + (event.key === "j" ? 1 : -1), 0), rows.length - 1);
      rows[at].setAttribute("aria-current", "true");
      rows[at].querySelector("a").focus();
    });
  }
  // Filters the list of archives while typing.
  const filter = document.querySelector("input[data-filters]");
  if (filter) {
    const labels = [...document.querySelectorAll(`#${filter.dataset.filters} .choice`)];
    filter.parentElement.hidden = false;
    filter.addEventListener("input", () => {
      for (const label of labels) label.hidden = !label.textContent.includes(filter.value.trim());
    });
  }
  // One click sends a form once.
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", () => {
      for (const button of form.querySelectorAll("button")) setTimeout(() => { button.disabled = true; });
    });
  }
  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
})();
