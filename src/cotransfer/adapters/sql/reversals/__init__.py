"""Reversals in the database: their lines in clear, their journals sealed under the data keys of their transfers."""
