"""JWS and JWE by joserfc."""
