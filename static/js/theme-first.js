// Runs before the first paint, so that a chosen theme never flashes; a module would come too late.
(() => {
  try {
    const theme = localStorage.getItem("epochwatch.theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's theme holds then.
  }
})();
