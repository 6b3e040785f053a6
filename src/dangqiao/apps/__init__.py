"""Memory and procedure: Django apps, stacked; a lower one never imports a higher one."""
