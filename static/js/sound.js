// Answers to a scan can be heard: [data-sound="yes|ask|no"] in what htmx swaps in. Two notes up, one
// note, two notes down. [data-sound-switch] turns it off for good.
const STORE = "sound";
const NOTES = { yes: [660, 880], ask: [660], no: [330, 220] };
const LENGTH = 0.09;
let context = null;

const isOn = () => localStorage.getItem(STORE) !== "off";

function play(notes) {
  context ??= new AudioContext();
  notes.forEach((pitch, position) => {
    const at = context.currentTime + position * LENGTH;
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.12, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + LENGTH);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + LENGTH);
  });
}

document.addEventListener("htmx:load", ({ detail }) => {
  const answer = detail.elt.closest?.("[data-sound]") ?? detail.elt.querySelector?.("[data-sound]");
  const notes = NOTES[answer?.dataset.sound];
  if (notes && isOn() && navigator.userActivation?.hasBeenActive !== false) play(notes);
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-sound-switch]")) localStorage.setItem(STORE, target.checked ? "on" : "off");
});
for (const box of document.querySelectorAll("[data-sound-switch]")) box.checked = isOn();
