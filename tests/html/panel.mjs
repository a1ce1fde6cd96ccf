// The panel of live pages, as tests use it: what it shows, and changes that are simulated.

/** What stands for one setting. */
export const control = (page, key) => page.locator(`.control[data-key="${key}"]`);
/** The command that does what the page shows, and the line that compares both runs. */
export const command = (page) => page.locator('.how code').textContent();
export const line = (page) => page.locator('.whatif-line').textContent();

/** Changes that wait so many milliseconds for their answers at most. */
export function panel({ timeout }) {
  const settled = (page) => page.waitForSelector('body[data-live="done"][data-ready="1"]', { timeout });

  // Does something that is simulated, and waits until it is drawn.
  async function change(page, deed) {
    await page.evaluate(() => delete document.body.dataset.live);
    await deed();
    await settled(page);
  }

  async function setNumber(page, key, value) {
    const box = control(page, key).locator('input[type="number"]');
    await change(page, async () => {
      await box.fill(String(value));
      await box.press('Enter');
    });
  }

  // Moves a slider over several values at once, so that only the last is worth drawing.
  async function slideOver(page, key, values) {
    const range = control(page, key).locator('input[type="range"]');
    await change(page, () =>
      range.evaluate((slider, passed) => {
        for (const value of passed) {
          slider.value = String(value);
          slider.dispatchEvent(new Event('input', { bubbles: true }));
        }
      }, values),
    );
  }

  return { settled, change, setNumber, slideOver };
}
