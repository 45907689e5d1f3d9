// Stands at the end of a page: what is above it is drawn, and a film may go on.
export default function ({ data }) {
  window.kernelscopeFilms?.get(data.run)?.drawn(data);
}
