const button = document.getElementById("copy");
if (button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(text.innerText);
    } catch {
      getSelection().selectAllChildren(text);
      document.execCommand("copy");
    }
    document.getElementById("copy-state").textContent = "Copied.";
  });
}
