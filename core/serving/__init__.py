"""The way from the browser to the app: whom the server answers, what it says beside each answer, how much it holds."""
