// Checks the statement behind # with the keys that this browser has, with or without network (docs/protocol/statements.md).
(async () => {
  const box = document.getElementById("statement");
  if (!box || !window.crypto?.subtle) return;
  navigator.serviceWorker?.register(box.dataset.worker).catch(() => {});
  const words = box.dataset;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const utf8 = (text) => new TextEncoder().encode(text);
  const decoded = (data) => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
  const [head, body, signature, more] = location.hash.slice(1).split(".");
  if (!signature || more !== undefined) return;
  const note = box.querySelector(".note");
  const tell = (text, tone) => { box.hidden = false; note.textContent = text; note.classList.add(tone); };
  const signedBy = async (jwk) => {
    const { kty, crv, x, y } = jwk;
    const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, bytes(signature), utf8(`${head}.${body}`));
  };
  let said, trust;
  try {
    trust = await (await fetch(words.keys)).json();
  } catch {
    return tell(words.unknown, "warn");
  }
  try {
    if (JSON.stringify(decoded(bytes(head))) !== '{"alg":"ES256"}') throw new Error("another header");
    said = decoded(bytes(body));
    const [name, platform] = trust.archives[said.sn.slice(0, 6)] ?? [];
    if (!name) throw new Error("no such archive");
    if (Date.now() > Date.parse(trust.expires)) return tell(words.old, "warn");
    const day = Date.parse(`${said.on}T00:00:00+08:00`);
    const fit = (trust.keys[platform] ?? []).filter((key) => Date.parse(key.from) < day + 864e5 && day < Date.parse(key.until));
    if (!fit.length) return tell(words.unknown, "warn");
    if (!(await Promise.all(fit.map(signedBy))).some(Boolean)) throw new Error("not signed");
    said.archive = name;
  } catch {
    return tell(words.forged, "bad");
  }
  if (words.known) {
    // The register has answered too: it says more, if it speaks of the same document.
    return said.sn === words.known ? tell(words.brief, "good") : tell(words.forged, "bad");
  }
  tell(words.signed, "good");
  const kind = words[said.sn.split("-")[2][0].toLowerCase()];
  const facts = [[words.archive, said.archive], [words.kind, kind], [words.serial, said.sn], [words.copy, words.number.replace("{number}", said.no ?? 1)], [words.issued, said.on]];
  for (const [label, value] of facts) {
    const row = document.createElement("div"), term = document.createElement("dt"), text = document.createElement("dd");
    term.textContent = label; text.textContent = value; row.append(term, text);
    box.querySelector("dl").append(row);
  }
  box.querySelector(".when").textContent = words.asof.replace(
    "{as_of}", new Date(trust.as_of).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 16));
  const form = box.querySelector("form");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const plain = form.querySelector("input").value.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
    const code = decodeURIComponent(location.pathname.split("/").filter(Boolean).pop()).toUpperCase();
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(`${code}\n${plain}`))).slice(0, 9);
    const text = btoa(String.fromCharCode(...digest)).replace(/\+/g, "-").replace(/\//g, "_");
    const line = box.querySelector(".said");
    line.textContent = text === said.nm ? words.fits : words.differs;
    line.className = `said note ${text === said.nm ? "good" : "bad"}`;
  });
})();
