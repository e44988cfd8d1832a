"""Section `utility`: would a decoder trained on it work?"""
