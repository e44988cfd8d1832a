"""Section `privacy`: can people be found in it?"""
