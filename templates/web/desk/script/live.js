// Keeps a page that shows itself anew as its reader left it; a page works without it, and then stands still.
(() => {
  let open = [];
  const key = (one) => one.id || one.querySelector("summary")?.textContent || "";
  const busy = () => {
    const at = document.activeElement;
    return document.hidden || (at && at.closest("#main form") && !at.matches("button"));
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target.id === "main" && busy()) event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    // whoever is logged out meanwhile is shown where to log in
    if (event.detail.xhr.responseURL.includes("/desk/login")) { event.preventDefault(); location.reload(); return; }
    open = [...document.querySelectorAll("#main details[open]")].map(key);
  });
  document.addEventListener("htmx:afterSettle", () => {
    for (const one of document.querySelectorAll("#main details")) if (open.includes(key(one))) one.open = true;
  });
})();
