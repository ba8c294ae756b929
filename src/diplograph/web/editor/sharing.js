// Copies the address of an answer, which is all it takes to share it.

/** Put a button beside the link of an answer that copies where it leads. */
export function offerLink(place) {
  if (!place) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = "Copy link";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    said.textContent = await copy(place.querySelector("a").href);
  });
  place.append(" ", button, " ", said);
}

async function copy(address) {
  try {
    await navigator.clipboard.writeText(address);
    return "The link was copied.";
  } catch {
    return "Your browser blocked copying. Copy the link from its menu.";
  }
}
